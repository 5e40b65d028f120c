import { Button, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { call } from '../api/client.js';

/** Asks for the token of the orchestrator. It is sent once; then a cookie that scripts cannot read stands for it. */
export function Login(): ReactNode {
  const [token, setToken] = useState('');
  const queries = useQueryClient();
  const login = useMutation({
    mutationFn: () => call('beginSession', { body: { token: token.trim() } }),
    onSuccess: () => queries.resetQueries(),
  });
  return (
    <Paper maw="26rem" mx="auto" mt="10vh" p="lg" withBorder>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          login.mutate();
        }}
      >
        <Stack>
          <Title order={1} size="h3">
            This orchestrator needs its token
          </Title>
          <Text size="sm">
            It is what <code>XAIGRID_TOKEN</code> has there, or <code>XAIGRID_READ_TOKEN</code> for readers. It is sent once and
            not kept in the page.
          </Text>
          <PasswordInput
            label="Token"
            required
            autoComplete="current-password"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            error={login.error?.message}
            data-autofocus
          />
          <Button type="submit" loading={login.isPending}>
            Log in
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}
