-- What the search matches, so that the planner knows a common word from a rare one: PostgreSQL gathers nothing
-- about the expression of a trigram index. The same expression as in lib/models/list-store.ts.
CREATE STATISTICS "model_search_text" ON (lower("name" || ' ' || left("description", 1000))) FROM "model";
-- Rare and frequent values alike: the default sample's 100 most frequent values hide words that thousands of models have.
ALTER STATISTICS "model_search_text" SET STATISTICS 1000;
ANALYZE "model";
