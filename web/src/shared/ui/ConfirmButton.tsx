import { App, Button, type ButtonProps } from 'antd'
import { useState, type ReactNode } from 'react'
import { wordProblem } from '../api/problem'
import { useWords } from '../words/words'

type ActionProps = Omit<ButtonProps, 'onClick' | 'loading'> & {
  /** Does it; a Problem that it throws is worded and shown. */
  action: () => Promise<unknown>
  /** Said when it is done. */
  done?: string
}

/** A button that does something on the server: busy while it lasts, says when done, words what went wrong. */
export function ActionButton({ action, done, children, ...rest }: ActionProps) {
  const { t } = useWords()
  const { message } = App.useApp()
  const [busy, setBusy] = useState(false)
  async function go() {
    setBusy(true)
    try {
      await action()
      if (done) void message.success(done)
    } catch (error) {
      void message.error({ content: wordProblem(t, error), duration: 8 })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button {...rest} loading={busy} onClick={() => void go()}>
      {children}
    </Button>
  )
}

type ConfirmProps = ActionProps & {
  /** The question, with what will follow from it. Only for what cannot be undone. */
  question: string
  explanation?: ReactNode
  /** The verb on the confirming button: never "OK". */
  verb: string
}

/** Asks before it does what cannot be taken back. */
export function ConfirmButton({ question, explanation, verb, action, done, children, ...rest }: ConfirmProps) {
  const { t } = useWords()
  const { modal, message } = App.useApp()
  return (
    <Button
      {...rest}
      onClick={() =>
        modal.confirm({
          title: question,
          content: explanation,
          okText: verb,
          okButtonProps: { danger: rest.danger },
          cancelText: t('common.notNow'),
          icon: null,
          centered: true,
          autoFocusButton: 'cancel',
          async onOk() {
            try {
              await action()
              if (done) void message.success(done)
            } catch (error) {
              void message.error({ content: wordProblem(t, error), duration: 8 })
            }
          },
        })
      }
    >
      {children}
    </Button>
  )
}

type UndoProps = ActionProps & {
  /** Takes it back. */
  undo: () => Promise<unknown>
  done: string
}

/** Does at once what can be taken back, and offers that for ten seconds: kinder than a question. */
export function UndoButton({ undo, done, action, ...rest }: UndoProps) {
  const { t } = useWords()
  const { message } = App.useApp()
  async function act() {
    await action()
    const key = `undo-${Date.now()}`
    void message.success({
      key,
      duration: 10,
      content: (
        <>
          {done}{' '}
          <Button
            type="link"
            onClick={() => {
              message.destroy(key)
              undo().then(
                () => message.info(t('common.undone')),
                (error: unknown) => message.error({ content: wordProblem(t, error), duration: 8 }),
              )
            }}
          >
            {t('common.undo')}
          </Button>
        </>
      ),
    })
  }
  return <ActionButton {...rest} action={act} />
}
