-- A map larger than a page is stored in rows that fill one each. Of a longer value Postgres makes rows of 2 KB itself, four times as many, each
-- added and indexed by itself: writing maps of 600 KB took it half as much processor time again. Maps stored before stay where they are.

ALTER TABLE "map" ALTER COLUMN "data" DROP NOT NULL;

CREATE TABLE "map_part" (
    "map_set_id" INTEGER NOT NULL,
    "sample_index" INTEGER NOT NULL,
    "part" INTEGER NOT NULL,
    "data" BYTEA NOT NULL,
    CONSTRAINT "map_part_pkey" PRIMARY KEY ("map_set_id", "sample_index", "part")
);
-- Never cut or compressed: what a row cannot hold is an error.
ALTER TABLE "map_part" ALTER COLUMN "data" SET STORAGE PLAIN;

-- In place of a foreign key, which would be looked up for every part that is added: parts are added with their map, in one transaction.
CREATE FUNCTION "forget_map_parts"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM "map_part" p USING "before" m
        WHERE m."data" IS NULL AND p."map_set_id" = m."map_set_id" AND p."sample_index" = m."sample_index";
    ELSE
        TRUNCATE "map_part";
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "maps_removed" AFTER DELETE ON "map"
    REFERENCING OLD TABLE AS "before" FOR EACH STATEMENT EXECUTE FUNCTION "forget_map_parts"();
CREATE TRIGGER "maps_truncated" AFTER TRUNCATE ON "map"
    FOR EACH STATEMENT EXECUTE FUNCTION "forget_map_parts"();

CREATE VIEW "whole_map" AS
SELECT
    m."map_set_id",
    m."sample_index",
    m."degenerate",
    m."diagnostics",
    coalesce(
        m."data",
        (SELECT string_agg(p."data", ''::bytea ORDER BY p."part") FROM "map_part" p
         WHERE p."map_set_id" = m."map_set_id" AND p."sample_index" = m."sample_index"),
        ''::bytea
    ) AS "data"
FROM "map" m;

COMMENT ON TABLE "map" IS 'One explanation map a sample; whole_map has their numbers.';
COMMENT ON COLUMN "map"."data" IS 'As in whole_map; NULL when map_part has them.';
COMMENT ON TABLE "map_part" IS 'The numbers of a map that is larger than a page, in parts of up to 8120 bytes.';
COMMENT ON COLUMN "map_part"."part" IS 'From 0.';
COMMENT ON VIEW "whole_map" IS 'One explanation map a sample, with its numbers, however they are stored.';
COMMENT ON COLUMN "whole_map"."data" IS 'Raw little-endian float32, C order, of map_set.shape. In numpy: np.frombuffer(data, "<f4").reshape(shape).';
