import { useQuery } from '@tanstack/react-query'
import { Button, Checkbox } from 'antd'
import { useState } from 'react'
import { useParams } from 'react-router'
import { renderSVG } from 'uqr'
import { api, got } from '~/shared/api/client'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { CopyButton, PrintButton } from '~/shared/ui/CopyButton'
import { Page, Section } from '~/shared/ui/Page'
import { Note, Show, Tag } from '~/shared/ui/States'
import { wordTime } from '~/shared/ui/time'
import { usePrefs } from '~/shared/prefs/prefs'
import { useWords } from '~/shared/words/words'
import { items, meetingQuery, peopleQuery, type Meeting } from '../queries'
import { meetingAddress } from '../state'
import styles from './LinksPage.module.css'

interface Way {
  person_id: string
  name: string
  token: string
}

const address = (w: Way) => `${location.origin}/j#${w.token}`

/** Join links for those who do not sign in: a text each to paste into a chat, or a sheet of QR codes to print. */
export function LinksPage() {
  const { meeting: id = '' } = useParams()
  const { t } = useWords()
  const meeting = useQuery(meetingQuery(id))
  return (
    <Page title={t('meeting.links.title')} lead={t('meeting.links.lead')} back={{ to: meetingAddress(id), label: meeting.data?.theme ?? t('meeting.back') }}>
      <Show query={meeting}>{(m) => <Links m={m} />}</Show>
    </Page>
  )
}

function Links({ m }: { m: Meeting }) {
  const { t } = useWords()
  const { language } = usePrefs()
  const people = useQuery(peopleQuery(m.id))
  const [chosen, setChosen] = useState<string[]>([])
  const [made, setMade] = useState<Way[]>([])
  const text = (w: Way) =>
    t('meeting.links.text', {
      name: w.name,
      unit: m.unit_name,
      theme: m.theme,
      time: m.starts_at ? wordTime(t, language, new Date(m.starts_at), 'forOthers') : '',
      link: address(w),
    })
  async function make(ids: string[]) {
    const { items: ways } = await got(api.POST('/meetings/{meeting}/links', { params: { path: { meeting: m.id } }, body: { person_ids: ids } }))
    setMade(items(ways))
    await people.refetch()
  }
  return (
    <>
      {made.length > 0 ? (
        <Section title={t('meeting.links.made', { count: made.length })} aside={<PrintButton>{t('meeting.links.print')}</PrintButton>}>
          <div className="no-print">
            <Note tone="care" title={t('meeting.links.once')} />
          </div>
          <ul className={styles.sheet}>
            {made.map((w) => (
              <li key={w.person_id} className={styles.slip}>
                {/* Made here: the address must not pass a server. */}
                <img alt={t('meeting.links.qrOf', { name: w.name })} src={`data:image/svg+xml;utf8,${encodeURIComponent(renderSVG(address(w), { ecc: 'M', border: 2 }))}`} />
                <div>
                  <strong>{w.name}</strong>
                  <p className={styles.theme}>{m.theme}</p>
                  <p>
                    {m.unit_name} · {m.starts_at && wordTime(t, language, new Date(m.starts_at), 'forOthers')}
                  </p>
                  <p className={styles.scan}>{t('meeting.links.scan')}</p>
                  <CopyButton size="small" className="no-print" text={text(w)}>
                    {t('meeting.links.copy')}
                  </CopyButton>
                </div>
              </li>
            ))}
          </ul>
          <Button className="no-print" onClick={() => setMade([])}>
            {t('meeting.links.more')}
          </Button>
        </Section>
      ) : (
        <Section title={t('meeting.links.who')}>
          <Show query={people}>
            {(data) => {
              const list = items(data.items)
              const linked = new Map(items(data.links).map((l) => [l.person_id, l]))
              return (
                <>
                  <div className={styles.choose}>
                    <Button onClick={() => setChosen(list.map((p) => p.person_id))}>{t('meeting.links.all')}</Button>
                    <Button onClick={() => setChosen(list.filter((p) => !linked.has(p.person_id)).map((p) => p.person_id))}>{t('meeting.links.without')}</Button>
                  </div>
                  <Checkbox.Group className={styles.people} value={chosen} onChange={setChosen}>
                    {list.map((p) => (
                      <Checkbox key={p.person_id} value={p.person_id}>
                        {p.name} {linked.has(p.person_id) && <Tag tone={linked.get(p.person_id)?.bound_at ? 'good' : 'plain'}>{t(linked.get(p.person_id)?.bound_at ? 'meeting.links.used' : 'meeting.links.given')}</Tag>}
                      </Checkbox>
                    ))}
                  </Checkbox.Group>
                  {chosen.some((id) => linked.has(id)) && <Note tone="care" title={t('meeting.links.replaces')} />}
                  <ActionButton type="primary" size="large" disabled={chosen.length === 0} action={() => make(chosen)}>
                    {t('meeting.links.make', { count: chosen.length })}
                  </ActionButton>
                </>
              )
            }}
          </Show>
        </Section>
      )}
    </>
  )
}
