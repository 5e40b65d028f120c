-- Maps that miss the sum they should have by more than 1 % of it, which tables count: few, so that a table need not read the maps.
CREATE INDEX "map_sum_missed" ON "map" ("map_set_id", "sample_index")
WHERE ("diagnostics" ->> 'additivityMiss')::double precision > 0.01;
