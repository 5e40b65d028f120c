import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, defaultHighlightStyle, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { Answer } from '../../api/client.js';
import { nonce } from '../../parts/nonce.js';
import { completeSpec, type MoreValues } from './complete-spec.js';

type Problem = Answer<'planSpec'>['problems'][number];

interface SpecEditorProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly moreValues: MoreValues;
  readonly problems: readonly Problem[];
}

const dark = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: '#9cdcfe' },
  { tag: [tags.string, tags.content], color: '#d7ba9d' },
  { tag: [tags.number, tags.bool, tags.atom], color: '#b5cea8' },
  { tag: tags.comment, color: '#a8adb3' },
]);

/** An editor of YAML that completes from the schema of specs and shows problems at their lines. */
export default function SpecEditor({ text, onChange, schema, moreValues, problems }: SpecEditorProps): ReactNode {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const colours = useRef(new Compartment());
  const isDark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark';
  const now = useRef({ text, onChange, schema, moreValues });
  useEffect(() => {
    now.current = { text, onChange, schema, moreValues };
  });
  useEffect(() => {
    if (holder.current === null) return undefined;
    const made = new EditorView({
      parent: holder.current,
      state: EditorState.create({
        doc: now.current.text,
        extensions: [
          ...[lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), lintGutter()],
          ...[yaml(), indentUnit.of('  '), EditorView.lineWrapping, EditorView.cspNonce.of(nonce)],
          autocompletion({
            override: [(context) => completeSpec(now.current.schema, now.current.moreValues)(context)],
            activateOnTyping: true,
          }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
          EditorView.contentAttributes.of({ 'aria-label': 'Spec', 'aria-describedby': 'spec-keys' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) now.current.onChange(update.state.doc.toString());
          }),
          colours.current.of([]),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    view.current?.dispatch({
      effects: colours.current.reconfigure([
        EditorView.theme({}, { dark: isDark }),
        syntaxHighlighting(isDark ? dark : defaultHighlightStyle),
      ]),
    });
  }, [isDark]);
  useEffect(() => {
    const editor = view.current;
    if (editor !== undefined && editor.state.doc.toString() !== text)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const { doc } = editor.state;
    const diagnostics = problems.flatMap(({ line, message }) => {
      if (line === undefined || line > doc.lines) return [];
      const { from, to, text: written } = doc.line(line);
      return [{ from: from + (written.length - written.trimStart().length), to, severity: 'error' as const, message }];
    });
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [problems]);
  return <div ref={holder} className="editor" />;
}
