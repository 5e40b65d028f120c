import { Alert, Button, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.js';

/** While something is read for the first time. */
export function Loading({ what }: { readonly what: string }): ReactNode {
  return (
    <Center p="xl" role="status">
      <Stack align="center" gap="xs">
        <Loader size="sm" aria-hidden />
        <Text className="faint">Reading {what} …</Text>
      </Stack>
    </Center>
  );
}

/** What went wrong, as the server says it, and a way on. */
export function Failed({ error, again }: { readonly error: Error; readonly again?: () => void }): ReactNode {
  const isOffline = error instanceof ApiError && error.status === 0;
  return (
    <Alert color={isOffline ? 'yellow' : 'red'} role="alert" title={isOffline ? 'Offline' : titleOf(error)} my="md">
      <Text size="sm" className="wrap">
        {error.message}
      </Text>
      {again === undefined ? null : (
        <Button mt="sm" size="xs" variant="default" onClick={again}>
          Try again
        </Button>
      )}{' '}
      <Button mt="sm" size="xs" variant="default" component={Link} to="/">
        All runs
      </Button>
    </Alert>
  );
}

function titleOf(error: Error): string {
  return error instanceof ApiError ? error.code : 'Error';
}

/** Nothing to show, why, and what to do about it. */
export function Empty({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <Stack align="center" gap="xs" p="xl">
      <Title order={3} size="h4">
        {title}
      </Title>
      <Text className="faint" ta="center" maw="40rem">
        {children}
      </Text>
    </Stack>
  );
}

export function NotFound(): ReactNode {
  return (
    <Empty title="There is no such page">
      The address has a mistake, or what it names was removed. <Link to="/">All runs</Link>
    </Empty>
  );
}
