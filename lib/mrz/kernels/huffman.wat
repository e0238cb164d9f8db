;; Huffman coding of a plane. Codes are canonical and packed as in RFC 1951, 3.2.2: the first bit of a code is the lowest free bit
;; of the stream. They have at most 11 bits, so that a table of 2,048 entries decodes them.
;;
;; An entry of the table is all symbols that the 11 bits hold, up to six: bytes 0 to 5 are the symbols, byte 6 the bits that they
;; take, byte 7 their count. So a load and a store decode three to four exponents of a weight. Four streams are decoded in turn, since
;; each waits for its own last load.
;;
;; The first 32 KiB of the memory are scratch:
;;        0  the table: 2,048 entries of 8 bytes
;;   16,384  what the first code of 11 bits means: 2,048 times the symbol and, in the higher byte, the bits of its code
;;   20,480  256 code lengths, a byte each; 0 is a symbol that does not occur
;;   20,736  4 counts of 256 symbols, 4 bytes each, while counting
;;   20,736  256 codes, 4 bytes each: the code, first bit lowest, and from bit 16 on its length, otherwise
;;   24,832  12 first codes, 4 bytes each, one for each length
;;   24,896  8 addresses of planes, 4 bytes each, for `join`
(module
  (import "kernels" "memory" (memory 257))

  ;; Counts the bytes of a plane in four tables in turn: an addition waits for the last one to the same place.
  (func (export "count") (param $at i32) (param $count i32)
    (local $end i32) (local $last i32) (local $word i32)
    (local.set $end (i32.add (local.get $at) (local.get $count)))
    (local.set $last (i32.sub (local.get $end) (i32.const 3)))
    (memory.fill (i32.const 20736) (i32.const 0) (i32.const 4096))
    (block $done (loop $next
      (br_if $done (i32.ge_s (local.get $at) (local.get $last)))
      (local.set $word (i32.load (local.get $at)))
      (call $increment (i32.and (local.get $word) (i32.const 255)))
      (call $increment (i32.or (i32.and (i32.shr_u (local.get $word) (i32.const 8)) (i32.const 255)) (i32.const 256)))
      (call $increment (i32.or (i32.and (i32.shr_u (local.get $word) (i32.const 16)) (i32.const 255)) (i32.const 512)))
      (call $increment (i32.or (i32.shr_u (local.get $word) (i32.const 24)) (i32.const 768)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br $next)))
    (block $rest (loop $byte
      (br_if $rest (i32.ge_u (local.get $at) (local.get $end)))
      (call $increment (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $byte))))

  (func $increment (param $index i32)
    (local.set $index (i32.shl (local.get $index) (i32.const 2)))
    (i32.store offset=20736 (local.get $index) (i32.add (i32.load offset=20736 (local.get $index)) (i32.const 1))))

  ;; Codes from their lengths. 1 if they are complete (each sequence of bits means something), otherwise 0.
  (func $assign (export "assign") (result i32)
    (local $symbol i32) (local $length i32) (local $code i32) (local $at i32) (local $reversed i32) (local $bit i32)
    (memory.fill (i32.const 24832) (i32.const 0) (i32.const 48))
    (loop $symbols
      (local.set $length (i32.load8_u offset=20480 (local.get $symbol)))
      (if (i32.gt_u (local.get $length) (i32.const 11)) (then (return (i32.const 0))))
      (if (local.get $length) (then
        (local.set $at (i32.shl (local.get $length) (i32.const 2)))
        (i32.store offset=24832 (local.get $at) (i32.add (i32.load offset=24832 (local.get $at)) (i32.const 1)))))
      (br_if $symbols (i32.lt_u (local.tee $symbol (i32.add (local.get $symbol) (i32.const 1))) (i32.const 256))))
    ;; Each count becomes the first code of its length.
    (local.set $length (i32.const 1))
    (loop $lengths
      (local.set $at (i32.shl (local.get $length) (i32.const 2)))
      (local.set $code (i32.shl (local.get $code) (i32.const 1)))
      (local.set $bit (i32.load offset=24832 (local.get $at)))
      (i32.store offset=24832 (local.get $at) (local.get $code))
      (local.set $code (i32.add (local.get $code) (local.get $bit)))
      (br_if $lengths (i32.le_u (local.tee $length (i32.add (local.get $length) (i32.const 1))) (i32.const 11))))
    (if (i32.ne (local.get $code) (i32.const 2048)) (then (return (i32.const 0))))
    (local.set $symbol (i32.const 0))
    (loop $codes
      (local.set $length (i32.load8_u offset=20480 (local.get $symbol)))
      (if (local.get $length) (then
        (local.set $at (i32.shl (local.get $length) (i32.const 2)))
        (local.set $code (i32.load offset=24832 (local.get $at)))
        (i32.store offset=24832 (local.get $at) (i32.add (local.get $code) (i32.const 1)))
        (local.set $reversed (i32.const 0))
        (local.set $bit (local.get $length))
        (loop $bits
          (local.set $reversed (i32.or (i32.shl (local.get $reversed) (i32.const 1)) (i32.and (local.get $code) (i32.const 1))))
          (local.set $code (i32.shr_u (local.get $code) (i32.const 1)))
          (br_if $bits (local.tee $bit (i32.sub (local.get $bit) (i32.const 1)))))
        (i32.store offset=20736 (i32.shl (local.get $symbol) (i32.const 2))
          (i32.or (local.get $reversed) (i32.shl (local.get $length) (i32.const 16))))))
      (br_if $codes (i32.lt_u (local.tee $symbol (i32.add (local.get $symbol) (i32.const 1))) (i32.const 256))))
    (i32.const 1))

  ;; The table from the code lengths. 1 if they are complete, otherwise 0.
  (func (export "prepare") (result i32)
    (local $symbol i32) (local $length i32) (local $at i32) (local $window i32) (local $step i32)
    (local $bits i32) (local $shift i64) (local $entry i64)
    (if (i32.eqz (call $assign)) (then (return (i32.const 0))))
    ;; Every 11 bits that begin with the code of a symbol.
    (loop $symbols
      (local.set $length (i32.load8_u offset=20480 (local.get $symbol)))
      (if (local.get $length) (then
        (local.set $window
          (i32.load16_u offset=20736 (i32.shl (local.get $symbol) (i32.const 2))))
        (local.set $step (i32.shl (i32.const 1) (local.get $length)))
        (loop $windows
          (i32.store16 offset=16384 (i32.shl (local.get $window) (i32.const 1))
            (i32.or (local.get $symbol) (i32.shl (local.get $length) (i32.const 8))))
          (br_if $windows
            (i32.lt_u (local.tee $window (i32.add (local.get $window) (local.get $step))) (i32.const 2048))))))
      (br_if $symbols (i32.lt_u (local.tee $symbol (i32.add (local.get $symbol) (i32.const 1))) (i32.const 256))))
    (local.set $window (i32.const 0))
    (loop $entries
      (local.set $bits (i32.const 0))
      (local.set $shift (i64.const 0))
      (local.set $entry (i64.const 0))
      (block $full (loop $more
        (local.set $at (i32.load16_u offset=16384 (i32.shl (i32.shr_u (local.get $window) (local.get $bits)) (i32.const 1))))
        (local.set $length (i32.add (local.get $bits) (i32.shr_u (local.get $at) (i32.const 8))))
        (br_if $full (i32.gt_u (local.get $length) (i32.const 11)))
        (local.set $bits (local.get $length))
        (local.set $entry (i64.or (local.get $entry)
          (i64.shl (i64.extend_i32_u (i32.and (local.get $at) (i32.const 255))) (local.get $shift))))
        (local.set $shift (i64.add (local.get $shift) (i64.const 8)))
        (br_if $more (i64.lt_u (local.get $shift) (i64.const 48)))))
      (i64.store (i32.shl (local.get $window) (i32.const 3))
        (i64.or (local.get $entry) (i64.shl
          (i64.or (i64.extend_i32_u (local.get $bits)) (i64.shl (local.get $shift) (i64.const 5))) (i64.const 48))))
      (br_if $entries (i32.lt_u (local.tee $window (i32.add (local.get $window) (i32.const 1))) (i32.const 2048))))
    (i32.const 1))

  ;; One stream; the end of it. Writes up to 7 bytes more.
  (func (export "encode") (param $from i32) (param $count i32) (param $to i32) (result i32)
    (local $end i32) (local $last i32) (local $buffer i64) (local $bits i64) (local $code i64)
    (local.set $end (i32.add (local.get $from) (local.get $count)))
    (local.set $last (i32.sub (local.get $end) (i32.const 3)))
    ;; 7 bits that are left and four codes fit the buffer.
    (block $done (loop $next
      (br_if $done (i32.ge_s (local.get $from) (local.get $last)))
      (local.set $code (i64.load32_u offset=20736 (i32.shl (i32.load8_u (local.get $from)) (i32.const 2))))
      (local.set $buffer (i64.or (local.get $buffer) (i64.shl (i64.and (local.get $code) (i64.const 0xffff)) (local.get $bits))))
      (local.set $bits (i64.add (local.get $bits) (i64.shr_u (local.get $code) (i64.const 16))))
      (local.set $code (i64.load32_u offset=20736 (i32.shl (i32.load8_u offset=1 (local.get $from)) (i32.const 2))))
      (local.set $buffer (i64.or (local.get $buffer) (i64.shl (i64.and (local.get $code) (i64.const 0xffff)) (local.get $bits))))
      (local.set $bits (i64.add (local.get $bits) (i64.shr_u (local.get $code) (i64.const 16))))
      (local.set $code (i64.load32_u offset=20736 (i32.shl (i32.load8_u offset=2 (local.get $from)) (i32.const 2))))
      (local.set $buffer (i64.or (local.get $buffer) (i64.shl (i64.and (local.get $code) (i64.const 0xffff)) (local.get $bits))))
      (local.set $bits (i64.add (local.get $bits) (i64.shr_u (local.get $code) (i64.const 16))))
      (local.set $code (i64.load32_u offset=20736 (i32.shl (i32.load8_u offset=3 (local.get $from)) (i32.const 2))))
      (local.set $buffer (i64.or (local.get $buffer) (i64.shl (i64.and (local.get $code) (i64.const 0xffff)) (local.get $bits))))
      (local.set $bits (i64.add (local.get $bits) (i64.shr_u (local.get $code) (i64.const 16))))
      (i64.store (local.get $to) (local.get $buffer))
      (local.set $to (i32.add (local.get $to) (i32.wrap_i64 (i64.shr_u (local.get $bits) (i64.const 3)))))
      (local.set $buffer (i64.shr_u (local.get $buffer) (i64.and (local.get $bits) (i64.const 0x38))))
      (local.set $bits (i64.and (local.get $bits) (i64.const 7)))
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br $next)))
    (block $rest (loop $symbol
      (br_if $rest (i32.ge_u (local.get $from) (local.get $end)))
      (local.set $code (i64.load32_u offset=20736 (i32.shl (i32.load8_u (local.get $from)) (i32.const 2))))
      (local.set $buffer (i64.or (local.get $buffer) (i64.shl (i64.and (local.get $code) (i64.const 0xffff)) (local.get $bits))))
      (local.set $bits (i64.add (local.get $bits) (i64.shr_u (local.get $code) (i64.const 16))))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (br $symbol)))
    (i64.store (local.get $to) (local.get $buffer))
    (i32.add (local.get $to) (i32.wrap_i64 (i64.shr_u (i64.add (local.get $bits) (i64.const 7)) (i64.const 3)))))

  ;; Four streams of $each symbols from $from0 to $from3 into $to, by the table. A damaged stream gives other symbols, and reads at most 11
  ;; bits for each symbol from its start on.
  ;;
  ;; $at0 to $at3 are places in bits, $to0 to $to3 those of the next symbols. $b0 to $b3 are the bits that come next, three places up,
  ;; since an entry of the table has 8 bytes; their highest one is set after each load, so that the zeros above it tell how many were taken.
  (func (export "decode4") (param $from0 i32) (param $from1 i32) (param $from2 i32) (param $from3 i32) (param $to i32) (param $each i32)
    (local $at0 i32) (local $at1 i32) (local $at2 i32) (local $at3 i32)
    (local $to0 i32) (local $to1 i32) (local $to2 i32) (local $to3 i32)
    (local $end0 i32) (local $end1 i32) (local $end2 i32) (local $end3 i32)
    (local $b0 i64) (local $b1 i64) (local $b2 i64) (local $b3 i64)
    (local $entry i32) (local $looks i32)
    (local.set $at0 (i32.shl (local.get $from0) (i32.const 3)))
    (local.set $at1 (i32.shl (local.get $from1) (i32.const 3)))
    (local.set $at2 (i32.shl (local.get $from2) (i32.const 3)))
    (local.set $at3 (i32.shl (local.get $from3) (i32.const 3)))
    (local.set $to0 (local.get $to))
    (local.set $to1 (i32.add (local.get $to0) (local.get $each)))
    (local.set $to2 (i32.add (local.get $to1) (local.get $each)))
    (local.set $to3 (i32.add (local.get $to2) (local.get $each)))
    ;; Five stores reach 32 bytes at most: four times 6 symbols, then 8 bytes.
    (local.set $end0 (i32.add (local.get $to0) (i32.sub (local.get $each) (i32.const 32))))
    (local.set $end1 (i32.add (local.get $to1) (i32.sub (local.get $each) (i32.const 32))))
    (local.set $end2 (i32.add (local.get $to2) (i32.sub (local.get $each) (i32.const 32))))
    (local.set $end3 (i32.add (local.get $to3) (i32.sub (local.get $each) (i32.const 32))))
    (block $done (loop $next
      (br_if $done (i32.gt_s (local.get $to0) (local.get $end0)))
      (br_if $done (i32.gt_s (local.get $to1) (local.get $end1)))
      (br_if $done (i32.gt_s (local.get $to2) (local.get $end2)))
      (br_if $done (i32.gt_s (local.get $to3) (local.get $end3)))
      ;; 57 bits at least, and five looks take 55 at most.
      (local.set $b0 (i64.or (i64.const 0x8000000000000000) (i64.shl (i64.shr_u
        (i64.load (i32.shr_u (local.get $at0) (i32.const 3)))
        (i64.extend_i32_u (i32.and (local.get $at0) (i32.const 7)))) (i64.const 3))))
      (local.set $b1 (i64.or (i64.const 0x8000000000000000) (i64.shl (i64.shr_u
        (i64.load (i32.shr_u (local.get $at1) (i32.const 3)))
        (i64.extend_i32_u (i32.and (local.get $at1) (i32.const 7)))) (i64.const 3))))
      (local.set $b2 (i64.or (i64.const 0x8000000000000000) (i64.shl (i64.shr_u
        (i64.load (i32.shr_u (local.get $at2) (i32.const 3)))
        (i64.extend_i32_u (i32.and (local.get $at2) (i32.const 7)))) (i64.const 3))))
      (local.set $b3 (i64.or (i64.const 0x8000000000000000) (i64.shl (i64.shr_u
        (i64.load (i32.shr_u (local.get $at3) (i32.const 3)))
        (i64.extend_i32_u (i32.and (local.get $at3) (i32.const 7)))) (i64.const 3))))
      (local.set $looks (i32.const 5))
      (loop $look
        (local.set $entry (i32.and (i32.wrap_i64 (local.get $b0)) (i32.const 16376)))
        (i64.store (local.get $to0) (i64.load (local.get $entry)))
        (local.set $b0 (i64.shr_u (local.get $b0) (i64.load8_u offset=6 (local.get $entry))))
        (local.set $to0 (i32.add (local.get $to0) (i32.load8_u offset=7 (local.get $entry))))
        (local.set $entry (i32.and (i32.wrap_i64 (local.get $b1)) (i32.const 16376)))
        (i64.store (local.get $to1) (i64.load (local.get $entry)))
        (local.set $b1 (i64.shr_u (local.get $b1) (i64.load8_u offset=6 (local.get $entry))))
        (local.set $to1 (i32.add (local.get $to1) (i32.load8_u offset=7 (local.get $entry))))
        (local.set $entry (i32.and (i32.wrap_i64 (local.get $b2)) (i32.const 16376)))
        (i64.store (local.get $to2) (i64.load (local.get $entry)))
        (local.set $b2 (i64.shr_u (local.get $b2) (i64.load8_u offset=6 (local.get $entry))))
        (local.set $to2 (i32.add (local.get $to2) (i32.load8_u offset=7 (local.get $entry))))
        (local.set $entry (i32.and (i32.wrap_i64 (local.get $b3)) (i32.const 16376)))
        (i64.store (local.get $to3) (i64.load (local.get $entry)))
        (local.set $b3 (i64.shr_u (local.get $b3) (i64.load8_u offset=6 (local.get $entry))))
        (local.set $to3 (i32.add (local.get $to3) (i32.load8_u offset=7 (local.get $entry))))
        (br_if $look (local.tee $looks (i32.sub (local.get $looks) (i32.const 1)))))
      (local.set $at0 (i32.add (local.get $at0) (i32.wrap_i64 (i64.clz (local.get $b0)))))
      (local.set $at1 (i32.add (local.get $at1) (i32.wrap_i64 (i64.clz (local.get $b1)))))
      (local.set $at2 (i32.add (local.get $at2) (i32.wrap_i64 (i64.clz (local.get $b2)))))
      (local.set $at3 (i32.add (local.get $at3) (i32.wrap_i64 (i64.clz (local.get $b3)))))
      (br $next)))
    ;; What is left of each; the streams do not all advance alike.
    (call $finish (local.get $at0) (local.get $to0) (local.get $end0))
    (call $finish (local.get $at1) (local.get $to1) (local.get $end1))
    (call $finish (local.get $at2) (local.get $to2) (local.get $end2))
    (call $finish (local.get $at3) (local.get $to3) (local.get $end3)))

  ;; One stream from bit $at on; $end as in decode4.
  (func $finish (param $at i32) (param $to i32) (param $end i32)
    (local $b i64) (local $entry i32) (local $looks i32)
    (block $done (loop $next
      (br_if $done (i32.gt_s (local.get $to) (local.get $end)))
      (local.set $b (i64.or (i64.const 0x8000000000000000) (i64.shl (i64.shr_u
        (i64.load (i32.shr_u (local.get $at) (i32.const 3)))
        (i64.extend_i32_u (i32.and (local.get $at) (i32.const 7)))) (i64.const 3))))
      (local.set $looks (i32.const 5))
      (loop $look
        (local.set $entry (i32.and (i32.wrap_i64 (local.get $b)) (i32.const 16376)))
        (i64.store (local.get $to) (i64.load (local.get $entry)))
        (local.set $b (i64.shr_u (local.get $b) (i64.load8_u offset=6 (local.get $entry))))
        (local.set $to (i32.add (local.get $to) (i32.load8_u offset=7 (local.get $entry))))
        (br_if $look (local.tee $looks (i32.sub (local.get $looks) (i32.const 1)))))
      (local.set $at (i32.add (local.get $at) (i32.wrap_i64 (i64.clz (local.get $b)))))
      (br $next)))
    ;; Byte by byte, since the next stream's symbols are behind the end.
    (local.set $end (i32.add (local.get $end) (i32.const 32)))
    (block $ended (loop $symbol
      (br_if $ended (i32.ge_u (local.get $to) (local.get $end)))
      (local.set $entry (i32.load16_u offset=16384 (i32.shl (i32.and
        (i32.shr_u (i32.load (i32.shr_u (local.get $at) (i32.const 3))) (i32.and (local.get $at) (i32.const 7)))
        (i32.const 2047)) (i32.const 1))))
      (i32.store8 (local.get $to) (local.get $entry))
      (local.set $at (i32.add (local.get $at) (i32.shr_u (local.get $entry) (i32.const 8))))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br $symbol))))
)
