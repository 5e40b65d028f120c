import { defineConfig } from 'prisma/config';

/** For the Prisma command line: `generate` in the build, `migrate deploy` for who prefers it to xaigrid's own migrator. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.DATABASE_URL === undefined ? {} : { datasource: { url: process.env.DATABASE_URL } }),
});
