import { PrinterOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'
import { useLive } from '~/shared/live/live'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { Choice } from '~/shared/ui/Choice'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { meetingAddress } from '../address'
import { Attendance } from '../components/Attendance'
import { Book } from '../components/Book'
import { RecordActions } from '../components/RecordActions'
import { Remarks } from '../components/Remarks'
import { Corrections, Signed } from '../components/Signed'
import { SignOff } from '../components/SignOff'
import { Submissions } from '../components/Submissions'
import { items, recordQuery, type MeetingRecord } from '../queries'
import { SavingBoard, useSaving } from '../saving'
import styles from './RecordPage.module.css'

/** What a meeting leaves behind: written together, signed once, kept as it is. */
export function RecordPage() {
  const { meeting: id = '' } = useParams()
  const record = useQuery(recordQuery(id))
  // A meeting's changes are told to its own unit alone; to ask for more would be refused.
  const me = useMe()
  const own = record.data && (items(record.data.abilities).length > 0 || me.units.some((u) => u.id === record.data.facts.unit.id))
  useLive(own ? `meeting:${id}` : undefined)
  const { t } = useWords()
  if (record.data === undefined) {
    return (
      <Page title={t('record.page.title')} back={{ to: meetingAddress(id), label: t('record.page.back') }}>
        <Show query={record}>{() => null}</Show>
      </Page>
    )
  }
  return (
    <SavingBoard key={id}>
      <One record={record.data} />
    </SavingBoard>
  )
}

type Which = 'record' | 'minutes' | 'report'

function One({ record }: { record: MeetingRecord }) {
  const { t } = useWords()
  const terms = useTerms()
  const { flush } = useSaving()
  const [which, choose] = useState<Which>('record')
  const can = (ability: string) => items(record.abilities).includes(ability)
  const draft = record.state === 'draft'
  const f = record.facts
  const sections = { record: items(record.sections), minutes: items(record.minutes), report: items(record.report) }
  const shown: Which[] = (['record', 'minutes', 'report'] as const).filter((w) => sections[w].length > 0)
  const write = which === 'report' ? can('write_report') : can('write')
  return (
    <Page
      title={f.theme}
      lead={
        <>
          {f.unit.name} · {f.kind.name} · {f.opened_at && <TimeText at={f.opened_at} form="full" />}{' '}
          <Tag tone={draft ? 'care' : 'good'}>{t(`record.page.${record.state}`)}</Tag>
        </>
      }
      back={{ to: meetingAddress(record.meeting), label: t('record.page.back') }}
      actions={
        <LinkButton to={`print${which === 'record' ? '' : `?of=${which}`}`} icon={<PrinterOutlined aria-hidden />}>
          {t('record.page.preview')}
        </LinkButton>
      }
    >
      {draft ? <SavedBar /> : <Signed record={record} />}
      <Attendance record={record} />
      <Section>
        <div className={styles.choose}>
          <Choice label={t('record.page.document')} value={which} choose={choose} options={shown.map((w) => ({ value: w, label: terms.heading(w) }))} />
        </div>
        <p className={styles.help}>{t(write ? `record.page.help.${which}` : `record.page.read.${which}`)}</p>
        {sections[which].length === 0 ? <Empty>{t('record.page.nothing')}</Empty> : <Book record={record} sections={sections[which]} write={write} />}
      </Section>
      <RecordActions record={record} />
      {!draft && <Corrections record={record} />}
      <Remarks record={record} />
      {draft ? <SignOff record={record} /> : <Submissions meeting={record.meeting} kind="report" may={items(record.abilities).includes('archive') && items(record.report).length > 0} flush={flush} />}
    </Page>
  )
}

/** One line that says whether anything is not saved yet. */
function SavedBar() {
  const { t } = useWords()
  const { state } = useSaving()
  return (
    <p className={`${styles.bar} no-print`} data-state={state} role="status">
      {t(`record.page.all.${state}`)}
    </p>
  )
}
