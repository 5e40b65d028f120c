-- Pages of scores among millions: what a page is sorted by or filtered by is found in an index, set by set. A new row's entries land in the
-- pages of its own set, so that writing stays linear in the number of rows.

CREATE INDEX "score_measure_1" ON "score" ("score_set_id", ("measures"[1]), "sample_index");
CREATE INDEX "score_measure_2" ON "score" ("score_set_id", ("measures"[2]), "sample_index");
CREATE INDEX "score_measure_3" ON "score" ("score_set_id", ("measures"[3]), "sample_index");
CREATE INDEX "score_measure_4" ON "score" ("score_set_id", ("measures"[4]), "sample_index");
CREATE INDEX "score_measure_5" ON "score" ("score_set_id", ("measures"[5]), "sample_index");
CREATE INDEX "score_measure_6" ON "score" ("score_set_id", ("measures"[6]), "sample_index");
-- Degenerate maps are rare: who asks for them would walk through whole sets to find a few. Where the planner underestimates how many there
-- are, all these indexes look alike to it; so each has a condition, true of every row, that only queries in its own order name.
CREATE INDEX "score_degenerate" ON "score" ("score_set_id", "sample_index") WHERE "degenerate" AND "sample_index" >= 0;
CREATE INDEX "score_degenerate_1" ON "score" ("score_set_id", ("measures"[1]), "sample_index") WHERE "degenerate" AND "measures"[1] IS NOT NULL;
CREATE INDEX "score_degenerate_2" ON "score" ("score_set_id", ("measures"[2]), "sample_index") WHERE "degenerate" AND "measures"[2] IS NOT NULL;
CREATE INDEX "score_degenerate_3" ON "score" ("score_set_id", ("measures"[3]), "sample_index") WHERE "degenerate" AND "measures"[3] IS NOT NULL;
CREATE INDEX "score_degenerate_4" ON "score" ("score_set_id", ("measures"[4]), "sample_index") WHERE "degenerate" AND "measures"[4] IS NOT NULL;
CREATE INDEX "score_degenerate_5" ON "score" ("score_set_id", ("measures"[5]), "sample_index") WHERE "degenerate" AND "measures"[5] IS NOT NULL;
CREATE INDEX "score_degenerate_6" ON "score" ("score_set_id", ("measures"[6]), "sample_index") WHERE "degenerate" AND "measures"[6] IS NOT NULL;
CREATE INDEX "prediction_true_class" ON "prediction" ("prediction_set_id", "true_class", "sample_index");
