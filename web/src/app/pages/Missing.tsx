import { LinkButton } from '~/shared/ui/LinkButton'
import { Page } from '~/shared/ui/Page'
import { useWords } from '~/shared/words/words'

export function Missing() {
  const { t } = useWords()
  return (
    <Page title={t('shell.pageMissing.title')} lead={t('shell.pageMissing.text')} narrow>
      <div>
        <LinkButton to="/">{t('shell.pageMissing.home')}</LinkButton>
      </div>
    </Page>
  )
}
