-- jsonb sorts the keys of an object; json keeps the text, and so the order in which a client sent them.
-- No index and no filter is on this column. Versions of before keep the order that jsonb gave them.
ALTER TABLE "version" ALTER COLUMN "metadata" SET DATA TYPE JSON;
