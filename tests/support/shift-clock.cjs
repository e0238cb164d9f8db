/**
 * For `node --require`: this process's clock is so many milliseconds ahead as the file that TEST_CLOCK_FILE names says,
 * whenever that changes. Only its own: PostgreSQL and the file system keep theirs.
 */
const { readFileSync } = require("node:fs");

const RealDate = Date;
let aheadMs = 0;
const look = () => {
  aheadMs = Number(readFileSync(process.env.TEST_CLOCK_FILE, "utf8"));
};
if (process.env.TEST_CLOCK_FILE) {
  look();
  setInterval(look, 20).unref();
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      if (given.length === 0) super(RealDate.now() + aheadMs);
      else super(...given);
    }
    static now() {
      return RealDate.now() + aheadMs;
    }
  };
}
