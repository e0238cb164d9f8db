import { PrismaPg } from "@prisma/adapter-pg";

type Adapter = Awaited<ReturnType<PrismaPg["connect"]>>;
type Transaction = Awaited<ReturnType<Adapter["startTransaction"]>>;

/**
 * The adapter, but a transaction sends its queries one at a time. Prisma reads the relations of one `include` all at
 * once, also in a transaction, which has one connection; `pg` warns of that and will refuse it.
 */
export class OrderedPrismaPg extends PrismaPg {
  override async connect(): Promise<Adapter> {
    const adapter = await super.connect();
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (isolationLevel) => inOrder(await start(isolationLevel));
    return adapter;
  }
}

function inOrder(transaction: Transaction): Transaction {
  let last: Promise<unknown> = Promise.resolve();
  const afterLast = <T>(send: () => Promise<T>): Promise<T> => {
    // A query that has failed does not keep the next one back: that may be the rollback.
    const result = last.then(send, send);
    last = result;
    return result;
  };
  const queryRaw = transaction.queryRaw.bind(transaction);
  const executeRaw = transaction.executeRaw.bind(transaction);
  transaction.queryRaw = (query) => afterLast(() => queryRaw(query));
  transaction.executeRaw = (query) => afterLast(() => executeRaw(query));
  return transaction;
}
