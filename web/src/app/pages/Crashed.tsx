import { Button } from 'antd'
import { useEffect } from 'react'
import { useRouteError } from 'react-router'
import { Page } from '~/shared/ui/Page'
import { useWords } from '~/shared/words/words'

/** A page that broke, or whose program could not be fetched because the server has a newer one. */
export function Crashed() {
  const { t } = useWords()
  const error = useRouteError()
  const outdated = error instanceof Error && /dynamically imported module|Importing a module script failed|preload/i.test(error.message)
  useEffect(() => {
    // oxlint-disable-next-line no-console -- the one place where it helps whoever is asked for help
    console.error(error)
  }, [error])
  return (
    <Page title={t(outdated ? 'shell.updated.title' : 'shell.crashed.title')} lead={t(outdated ? 'shell.updated.text' : 'shell.crashed.text')} narrow>
      <div>
        <Button type="primary" onClick={() => location.reload()}>
          {t('shell.crashed.reload')}
        </Button>
      </div>
    </Page>
  )
}
