import { EllipsisOutlined, EnvironmentOutlined, UserAddOutlined } from '@ant-design/icons'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Button, Dropdown } from 'antd'
import { useContext, useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { useLive } from '~/shared/live/live'
import { useTerms } from '~/shared/profile/profile'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Page, Section } from '~/shared/ui/Page'
import { PersonChip } from '~/shared/ui/People'
import { More, Note, Show } from '~/shared/ui/States'
import { UnitBlocks } from '~/shared/unitBlocks'
import { useWords } from '~/shared/words/words'
import { personAddress, unitAddress } from '../address'
import { EndUnit } from '../components/EndUnit'
import { Fold } from '../components/Fold'
import { AuditList, UnitHistory } from '../components/History'
import { MemberForm } from '../components/MemberForm'
import { MoveUnit } from '../components/MoveUnit'
import { Roll } from '../components/Roll'
import { UnitForm } from '../components/UnitForm'
import { UnitList } from '../components/UnitList'
import { childListQuery, items, unitQuery, type UnitPageData } from '../queries'
import styles from './UnitPage.module.css'

/** A unit, most often a branch: where it stands, who leads it, what it does, who belongs. */
export function UnitPage() {
  const { unit: id = '' } = useParams()
  const unit = useQuery(unitQuery(id))
  useLive(items(unit.data?.abilities).includes('people.read') ? `unit:${id}` : undefined)
  return <Show query={unit}>{(page) => <Unit page={page} />}</Show>
}

type Doing = 'change' | 'add' | 'move' | 'end' | 'member'

function Unit({ page }: { page: UnitPageData }) {
  const { t } = useWords()
  const terms = useTerms()
  const navigate = useNavigate()
  const blocks = useContext(UnitBlocks)
  const [doing, setDoing] = useState<Doing>()
  const { unit } = page
  const can = (ability: string) => items(page.abilities).includes(ability)
  const tree = terms.profile?.trees?.find((x) => x.key === page.tree)
  const groups = items(page.groups)
  const officers = items(page.officers)
  const close = () => setDoing(undefined)
  const menu = [
    { key: 'add', label: t('org.unit.addBelow'), ability: 'unit.add' },
    { key: 'signIns', label: t('org.signIns.title'), ability: 'account.issue' },
    { key: 'change', label: t('org.unit.change'), ability: 'unit.change' },
    { key: 'move', label: t('org.unit.move'), ability: 'unit.move' },
    { key: 'end', label: t('org.unit.end'), ability: 'unit.end', danger: true },
  ].filter((m) => can(m.ability))

  return (
    <Page
      title={unit.name}
      lead={
        <>
          <Trail page={page} />
          <span>{[terms.kind(unit.kind), unit.members > 0 && t('org.tree.members', { count: unit.members })].filter(Boolean).join(' · ')}</span>
        </>
      }
      actions={
        <>
          {can('whereabouts.read') && (
            <LinkButton to="whereabouts" icon={<EnvironmentOutlined aria-hidden />}>
              {t('org.where.list')}
            </LinkButton>
          )}
          {menu.length > 0 && (
            <Dropdown
              trigger={['click']}
              menu={{
                items: menu.map(({ key, label, danger }) => ({ key, label, danger })),
                onClick: ({ key }) => (key === 'signIns' ? void navigate('sign-ins') : setDoing(key as Doing)),
              }}
            >
              <Button icon={<EllipsisOutlined aria-hidden />}>{t('org.unit.manage')}</Button>
            </Dropdown>
          )}
        </>
      }
    >
      {unit.valid_to && <Note tone="care" title={t('org.unit.ended')} />}
      {page.moving && <Note title={t('org.unit.moving')} />}
      {blocks.map((Block, i) => (
        // oxlint-disable-next-line react/no-array-index-key -- a fixed list
        <Block key={i} unit={unit} tree={page.tree} abilities={items(page.abilities)} />
      ))}
      <div className={officers.length > 0 && groups.length > 0 ? styles.pair : styles.single}>
        {officers.length > 0 && (
          <Section title={t('org.unit.officers')}>
            <ul className={styles.officers}>
              {officers.map((o) => (
                <li key={`${o.person_id}${o.position}`}>
                  <Link to={personAddress(o.person_id)}>
                    <PersonChip name={o.name} note={terms.position(o.position)} />
                  </Link>
                </li>
              ))}
            </ul>
          </Section>
        )}
        {groups.length > 0 && (
          <Section title={terms.word('group')} aside={t('org.unit.groupsCount', { count: groups.length })}>
            <UnitList units={groups} />
          </Section>
        )}
      </div>
      {unit.children > groups.length && <Below id={unit.id} />}
      <Section
        title={t('org.roll.title')}
        aside={
          can('membership.write') && (
            <Button className="no-print" size="small" icon={<UserAddOutlined aria-hidden />} onClick={() => setDoing('member')}>
              {t('org.member.add')}
            </Button>
          )
        }
      >
        {can('people.read') ? (
          <Roll unit={unit} abilities={items(page.abilities)} meets={tree?.meets ?? false} mayChange={can('membership.write')} />
        ) : (
          <p className={styles.hint}>{t('org.roll.notYours')}</p>
        )}
      </Section>
      <Fold title={t('org.history.title')}>
        <UnitHistory id={unit.id} />
      </Fold>
      {can('unit.change') && (
        <Fold title={t('org.audit.title')}>
          <AuditList of="units" id={unit.id} />
        </Fold>
      )}
      {doing === 'change' && <UnitForm tree={page.tree} unit={unit} close={close} />}
      {doing === 'add' && <UnitForm tree={page.tree} parent={unit} close={close} />}
      {doing === 'move' && <MoveUnit page={page} close={close} />}
      {doing === 'end' && <EndUnit page={page} close={close} />}
      {doing === 'member' && <MemberForm unit={unit} meets={tree?.meets ?? false} close={close} />}
    </Page>
  )
}

function Trail({ page }: { page: UnitPageData }) {
  const { t } = useWords()
  return (
    <nav aria-label={t('org.unit.trail')}>
      <ol className={styles.trail}>
        <li>
          <Link to={`/org?tree=${page.tree}`}>{t('org.nav')}</Link>
        </li>
        {items(page.ancestors).map((a) => (
          <li key={a.id}>
            <Link to={unitAddress(a.id)}>{a.short_name || a.name}</Link>
          </li>
        ))}
      </ol>
    </nav>
  )
}

function Below({ id }: { id: string }) {
  const { t } = useWords()
  const below = useInfiniteQuery(childListQuery(id))
  return (
    <Section title={t('org.unit.below')}>
      <Show query={below}>
        {({ pages }) => (
          <>
            <UnitList units={pages.flatMap((p) => items(p.items))} />
            <More list={below} />
          </>
        )}
      </Show>
    </Section>
  )
}
