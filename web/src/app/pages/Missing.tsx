import { Link } from 'react-router'
import { Page } from '~/shared/ui/Page'
import { useWords } from '~/shared/words/words'

export function Missing() {
  const { t } = useWords()
  return (
    <Page title={t('shell.pageMissing.title')} lead={t('shell.pageMissing.text')} narrow>
      <p>
        <Link to="/">{t('shell.pageMissing.home')}</Link>
      </p>
    </Page>
  )
}
