-- Pages of scores among millions: what a page is sorted by or filtered by is found in an index, set by set. A new row's entries land in the
-- pages of its own set, so that writing stays linear in the number of rows.

CREATE INDEX "score_measure_1" ON "score" ("score_set_id", ("measures"[1]), "sample_index");
CREATE INDEX "score_measure_2" ON "score" ("score_set_id", ("measures"[2]), "sample_index");
CREATE INDEX "score_measure_3" ON "score" ("score_set_id", ("measures"[3]), "sample_index");
CREATE INDEX "score_measure_4" ON "score" ("score_set_id", ("measures"[4]), "sample_index");
CREATE INDEX "score_measure_5" ON "score" ("score_set_id", ("measures"[5]), "sample_index");
CREATE INDEX "score_measure_6" ON "score" ("score_set_id", ("measures"[6]), "sample_index");
CREATE INDEX "score_degenerate" ON "score" ("score_set_id", "sample_index") WHERE "degenerate";
CREATE INDEX "prediction_true_class" ON "prediction" ("prediction_set_id", "true_class", "sample_index");
