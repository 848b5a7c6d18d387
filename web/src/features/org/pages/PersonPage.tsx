import { EllipsisOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Dropdown } from 'antd'
import { useState, type ReactNode } from 'react'
import { Link, useParams } from 'react-router'
import { api, got, intention } from '~/shared/api/client'
import { wordProblem } from '~/shared/api/problem'
import { BesideName } from '~/shared/besideName'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, Note, Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { unitAddress } from '../address'
import { Fold } from '../components/Fold'
import { AuditList } from '../components/History'
import { IssueDialog } from '../components/IssueDialog'
import { MembershipForm, type Placed } from '../components/MembershipForm'
import { PersonForm } from '../components/PersonForm'
import { WherePart } from '../components/WherePart'
import { items, keys, personQuery, type MembershipRow, type PersonPageData } from '../queries'
import styles from './PersonPage.module.css'

/** A person: to everybody the name and where they belong; to themselves and those who look after them, the rest. */
export function PersonPage() {
  const { person: id = '' } = useParams()
  const person = useQuery(personQuery(id))
  return <Show query={person}>{(page) => <Person page={page} />}</Show>
}

type Doing = 'change' | 'contact' | 'issue'

function Person({ page }: { page: PersonPageData }) {
  const { t } = useWords()
  const terms = useTerms()
  const me = useMe()
  const client = useQueryClient()
  const { modal, message } = App.useApp()
  const [doing, setDoing] = useState<Doing>()
  const [placing, setPlacing] = useState<{ membership: Placed; kind: string; tree: string; move: boolean }>()
  const self = me.person.id === page.id
  const can = (ability: string) => items(page.abilities).includes(ability)
  const { details } = page
  const memberships = items(page.memberships)
  const sharing = memberships.some((m) => !m.valid_to && me.units.some((u) => u.id === m.unit_id))
  const meets = (tree: string) => terms.profile?.trees?.find((x) => x.key === tree)?.meets ?? false

  function askEnd() {
    modal.confirm({
      title: t('org.person.endTitle', { name: page.name }),
      content: t('org.person.endLead'),
      okText: t('org.person.endVerb'),
      okButtonProps: { danger: true },
      cancelText: t('common.cancel'),
      icon: null,
      centered: true,
      autoFocusButton: 'cancel',
      async onOk() {
        try {
          await got(api.POST('/people/{person}/end', { params: { path: { person: page.id } }, body: { version: page.version }, headers: { 'Idempotency-Key': intention() } }))
          void message.success(t('org.person.endDone', { name: page.name }))
          void client.invalidateQueries({ queryKey: keys.all })
        } catch (error) {
          void message.error({ content: wordProblem(t, error), duration: 8 })
        }
      },
    })
  }

  const menu = [
    { key: 'change', label: t('org.person.change'), shown: can('person.change') },
    { key: 'contact', label: t('org.person.changeContact'), shown: can('person.contact') && !can('person.change') },
    { key: 'issue', label: t(details?.login ? 'org.signIns.renew' : 'org.signIns.give'), shown: can('account.issue') && !self },
    { key: 'end', label: t('org.person.end'), danger: true, shown: can('person.end') },
  ].filter((m) => m.shown)

  return (
    <Page
      narrow
      title={page.name}
      lead={
        <>
          {details && terms.category(details.category)} <BesideName person={page.id} abilities={sharing ? ['dispatch.ask'] : items(page.abilities)} />
        </>
      }
      actions={
        menu.length > 0 && (
          <Dropdown
            trigger={['click']}
            menu={{ items: menu.map(({ key, label, danger }) => ({ key, label, danger })), onClick: ({ key }) => (key === 'end' ? askEnd() : setDoing(key as Doing)) }}
          >
            <Button icon={<EllipsisOutlined aria-hidden />}>{t('org.unit.manage')}</Button>
          </Dropdown>
        )
      }
    >
      {details?.ended_at && (
        <Note tone="care">
          {t('org.person.left')} <TimeText at={details.ended_at} form="day" />
        </Note>
      )}
      {self && (
        <Note>
          {t('org.person.yourself')} <Link to="/me/data">{t('org.held.title')}</Link>
        </Note>
      )}
      <Section title={t('org.person.memberships')}>
        {memberships.length === 0 ? (
          <Empty>{t('org.person.nowhere')}</Empty>
        ) : (
          <ul className={styles.memberships}>
            {memberships.map((m) => (
              <Membership
                key={m.id}
                row={m}
                tools={
                  can('membership.write') && (
                    <Dropdown
                      trigger={['click']}
                      menu={{
                        items: [
                          { key: 'change', label: t('org.member.change'), onClick: () => setPlacing({ membership: m, kind: m.unit_kind, tree: m.tree, move: false }) },
                          { key: 'move', label: t('org.member.move'), onClick: () => setPlacing({ membership: m, kind: m.unit_kind, tree: m.tree, move: true }) },
                        ],
                      }}
                    >
                      <Button type="text" className="no-print" icon={<EllipsisOutlined aria-hidden />} aria-label={t('org.member.menu', { name: m.unit_name })} />
                    </Dropdown>
                  )
                }
              />
            ))}
          </ul>
        )}
      </Section>
      {can('whereabouts.read') && !self && <WherePart person={page.id} name={page.name} />}
      {details && (
        <Section title={t('org.person.details')}>
          <dl className={styles.facts}>
            <Fact name={t('org.person.phone')}>{details.contact.phone && <a href={`tel:${details.contact.phone}`}>{details.contact.phone}</a>}</Fact>
            <Fact name={t('org.person.email')}>{details.contact.email && <a href={`mailto:${details.contact.email}`}>{details.contact.email}</a>}</Fact>
            <Fact name={t('org.person.category')}>{terms.category(details.category)}</Fact>
            <Fact name={t('org.person.joinedOn')}>{details.joined_on && <TimeText at={details.joined_on} form="day" />}</Fact>
            <Fact name={t('org.person.code')}>{details.code}</Fact>
            <Fact name={t('org.person.login')}>{details.login || t('org.person.noLogin')}</Fact>
          </dl>
          {!self && <p className={styles.hint}>{t('org.person.lookRecorded')}</p>}
        </Section>
      )}
      {details && items(details.past).length > 0 && (
        <Section title={t('org.person.past')}>
          <ul className={styles.memberships}>
            {items(details.past).map((m) => (
              <Membership key={m.id} row={m} />
            ))}
          </ul>
        </Section>
      )}
      {details && (
        <Fold title={t('org.audit.title')}>
          <AuditList of="people" id={page.id} />
        </Fold>
      )}
      {!details && <p className={styles.hint}>{t('org.person.noDetails')}</p>}
      {(doing === 'change' || doing === 'contact') && details && <PersonForm page={page} details={details} contactOnly={doing === 'contact'} close={() => setDoing(undefined)} />}
      {doing === 'issue' && <IssueDialog person={page} login={details?.login ?? ''} close={() => setDoing(undefined)} />}
      {placing && <MembershipForm {...placing} name={page.name} meets={meets(placing.tree)} close={() => setPlacing(undefined)} />}
    </Page>
  )
}

function Membership({ row, tools }: { row: MembershipRow; tools?: ReactNode }) {
  const { t } = useWords()
  const terms = useTerms()
  const meets = terms.profile?.trees?.find((x) => x.key === row.tree)?.meets
  return (
    <li>
      <div className={styles.membership}>
        <Link to={unitAddress(row.unit_id)}>{row.unit_name}</Link>
        <span>
          {terms.position(row.position)} {row.standing && meets && <Tag>{terms.standing(row.standing)}</Tag>}
        </span>
        <span className={styles.hint}>
          {t('org.person.since')} {row.valid_from && <TimeText at={row.valid_from} form="day" />}
          {row.valid_to && (
            <>
              {' – '}
              <TimeText at={row.valid_to} form="day" />
            </>
          )}
        </span>
      </div>
      {tools}
    </li>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  const { t } = useWords()
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children || <span className={styles.hint}>{t('org.person.unknown')}</span>}</dd>
    </div>
  )
}
