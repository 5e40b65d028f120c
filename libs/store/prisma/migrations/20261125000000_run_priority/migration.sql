ALTER TABLE "run" ADD COLUMN "priority" INTEGER NOT NULL DEFAULT 0;
COMMENT ON COLUMN "run"."priority" IS 'How much of the workers the run gets beside others: each step doubles its part.';
