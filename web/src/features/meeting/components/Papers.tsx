import { UploadOutlined } from '@ant-design/icons'
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Progress } from 'antd'
import { useRef, useState } from 'react'
import { Link } from 'react-router'
import { api, got, prefix } from '~/shared/api/client'
import { Problem, wordCode, wordProblem } from '~/shared/api/problem'
import { upload } from '~/shared/api/upload'
import { UndoButton } from '~/shared/ui/ConfirmButton'
import { RenameButton } from './RenameButton'
import { Section } from '~/shared/ui/Page'
import { Empty, Note, Show, Tag } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { items, keys, type Meeting } from '../queries'
import styles from './parts.module.css'

const most = 50 // megabytes, the server's bound

export const papersQuery = (meeting: string) =>
  queryOptions({
    queryKey: [...keys.one(meeting), 'papers'] as const,
    queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/papers', { params: { path: { meeting } }, signal })),
  })

/** What is to be read before the meeting: everybody reads, arrangers bring and take away. */
export function Papers({ m }: { m: Meeting }) {
  const { t } = useWords()
  const client = useQueryClient()
  const papers = useQuery(papersQuery(m.id))
  const may = items(m.abilities).includes('upload')
  const input = useRef<HTMLInputElement>(null)
  const [sending, setSending] = useState<{ name: string; share: number }>()
  const [trouble, setTrouble] = useState<{ name: string; error: unknown }[]>([])
  const again = () => client.invalidateQueries({ queryKey: keys.one(m.id) })

  async function bring(files: File[]) {
    setTrouble([])
    for (const file of files) {
      setSending({ name: file.name, share: 0 })
      try {
        if (file.size > most << 20) throw new Problem(413, 'paper_file_large', { limit_mb: most })
        await upload(`/meetings/${m.id}/papers?name=${encodeURIComponent(file.name)}`, file, { progress: (share) => setSending({ name: file.name, share }) })
      } catch (error) {
        setTrouble((list) => [...list, { name: file.name, error }])
      }
    }
    setSending(undefined)
    await again()
  }

  if (!may && papers.data && items(papers.data.items).length === 0) return null
  return (
    <Section title={t('materials.title')}>
      <Show query={papers}>
        {(data) =>
          items(data.items).length === 0 ? (
            <Empty>{t('materials.none')}</Empty>
          ) : (
            <ul className={styles.people}>
              {items(data.items).map((p) => (
                <li key={p.id}>
                  <span className={styles.grow}>
                    {p.status === 'ready' ? <Link to={`papers/${p.id}`}>{p.name}</Link> : p.name}{' '}
                    {p.status === 'ready' && <span className={styles.quiet}>{t('materials.pages', { count: p.pages })}</span>}
                    {p.status === 'waiting' && <Tag>{t('materials.waiting')}</Tag>}
                    {p.fault && <p className={styles.reason}>{wordCode(t, p.fault.code, p.fault.params)}</p>}
                  </span>
                  <span className={styles.tags}>
                    <Button href={`${prefix}/meetings/${m.id}/papers/${p.id}/file`} download={p.name}>
                      {t('materials.download')}
                    </Button>
                    {may && (
                      <RenameButton
                        name={p.name}
                        rename={(name) => got(api.PATCH('/meetings/{meeting}/papers/{paper}', { params: { path: { meeting: m.id, paper: p.id } }, body: { name } })).then(again)}
                      />
                    )}
                    {may && (
                      <UndoButton
                        done={t('materials.removed', { name: p.name })}
                        action={() => got(api.DELETE('/meetings/{meeting}/papers/{paper}', { params: { path: { meeting: m.id, paper: p.id } } })).then(again)}
                        undo={() => got(api.POST('/meetings/{meeting}/papers/{paper}/restore', { params: { path: { meeting: m.id, paper: p.id } } })).then(again)}
                      >
                        {t('common.remove')}
                      </UndoButton>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Show>
      {trouble.map((x) => (
        <Note key={x.name} tone="bad" title={x.name}>
          {wordProblem(t, x.error)}
        </Note>
      ))}
      {sending && (
        <div role="status">
          {t('materials.sending', { name: sending.name })} <Progress percent={Math.round(sending.share * 100)} />
        </div>
      )}
      {may && (
        <div className="no-print">
          <input
            ref={input}
            hidden
            multiple
            type="file"
            accept="application/pdf,image/jpeg,image/png,image/webp"
            onChange={(e) => {
              const files = [...(e.target.files ?? [])]
              e.target.value = '' // the same file again, once it has been mended
              void bring(files)
            }}
          />
          <Button icon={<UploadOutlined aria-hidden />} loading={!!sending} onClick={() => input.current?.click()}>
            {t('materials.add')}
          </Button>{' '}
          <span className={styles.quiet}>{t('materials.help', { limit: most })}</span>
        </div>
      )}
    </Section>
  )
}
