-- Maps that hang on rounding, which tables count: few, so that a table need not read the maps.
CREATE INDEX "map_undecided" ON "map" ("map_set_id", "sample_index")
WHERE ("diagnostics" ->> 'undecidedFeatureMaps')::double precision > 0;
