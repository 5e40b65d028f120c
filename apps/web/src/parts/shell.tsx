import { ActionIcon, AppShell, Group, Text, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.js';
import { catalogQuery, sessionQuery } from '../api/queries.js';
import { KeysHelp } from './keys.js';
import { Login } from './login.js';
import { useMayWrite } from './role.js';

/** The frame of every view. */
export function Shell(): ReactNode {
  // The first thing that every view needs: it tells whether this browser may see anything.
  const { error } = useQuery(catalogQuery);
  const { data: session } = useQuery(sessionQuery);
  const mayWrite = useMayWrite();
  const isLocked = error instanceof ApiError && error.status === 401;
  return (
    <AppShell header={{ height: 52 }} padding="md">
      <a href="#content" className="skip">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="lg" wrap="nowrap" component="nav" aria-label="Main">
            <Text component={Link} to="/" fw={700} c="inherit" td="none">
              xaigrid
            </Text>
            <Text component={Link} to="/" size="sm" c="inherit">
              Runs
            </Text>
            {mayWrite ? (
              <Text component={Link} to="/new" size="sm" c="inherit">
                New run
              </Text>
            ) : null}
            <Text component={Link} to="/cluster" size="sm" c="inherit">
              Cluster
            </Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            {session?.role === 'reader' ? (
              <Text size="sm" className="faint">
                read only
              </Text>
            ) : null}
            <KeysHelp />
            <SchemeButton />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1}>
        {isLocked ? <Login /> : <Outlet />}
      </AppShell.Main>
    </AppShell>
  );
}

function SchemeButton(): ReactNode {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon variant="default" size="lg" onClick={() => setColorScheme(other)} aria-label={`Use ${other} colours`}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden>
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
      </svg>
    </ActionIcon>
  );
}
