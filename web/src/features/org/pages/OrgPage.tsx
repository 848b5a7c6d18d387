import { PlusOutlined, UploadOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { Choice } from '~/shared/ui/Choice'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Page, Section } from '~/shared/ui/Page'
import { Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { Finder } from '../components/Finder'
import { Tree } from '../components/Tree'
import { UnitForm } from '../components/UnitForm'
import { items, treesQuery } from '../queries'
import { addressOf } from '../address'

/** The organisation: its trees, opened branch by branch, and a field that finds anything in them. */
export function OrgPage() {
  const { t } = useWords()
  const terms = useTerms()
  const me = useMe()
  const navigate = useNavigate()
  const trees = useQuery(treesQuery)
  const [params, setParams] = useSearchParams()
  const [adding, setAdding] = useState(false)
  return (
    <Show query={trees}>
      {(data) => {
        const all = items(data.items)
        // Where one meets comes first, for that is what most people come for.
        const chosen = all.find((x) => x.key === params.get('tree')) ?? all.find((x) => x.meets) ?? all[0]
        const can = items(data.abilities)
        return (
          <Page
            title={t('org.title')}
            lead={me.organisation.name}
            actions={
              <>
                {can.includes('import') && (
                  <LinkButton to="/org/import" icon={<UploadOutlined aria-hidden />}>
                    {t('org.import.title')}
                  </LinkButton>
                )}
                {can.includes('unit.add') && chosen && (
                  <Button icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>
                    {t('org.unit.addTop')}
                  </Button>
                )}
              </>
            }
          >
            <Finder label={t('org.find.label')} placeholder={t('org.find.placeholder')} choose={(hit) => void navigate(addressOf(hit))}>
              {chosen && (
                <Section>
                  {all.length > 1 && (
                    <div style={{ marginBottom: '1rem' }}>
                      <Choice
                        label={t('org.tree.which')}
                        value={chosen.key}
                        options={all.map((x) => ({ value: x.key, label: terms.tree(x.key) || x.name }))}
                        choose={(tree) => setParams({ tree }, { replace: true })}
                      />
                    </div>
                  )}
                  <Tree key={chosen.key} treeKey={chosen.key} />
                </Section>
              )}
            </Finder>
            {adding && chosen && <UnitForm tree={chosen.key} close={() => setAdding(false)} />}
          </Page>
        )
      }}
    </Show>
  )
}
