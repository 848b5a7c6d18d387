// Where the pages are, and those of others that these lead to.
import { prefix } from '~/shared/api/client'

export const recordAddress = (meeting: string) => `/meetings/${meeting}/record`
export const meetingAddress = (meeting: string) => `/meetings/${meeting}`
export const unitAddress = (unit: string) => `/units/${unit}`
export const personAddress = (person: string) => `/people/${person}`
export const oversightAddress = (unit: string) => `/units/${unit}/oversight`
export const submissionAddress = (submission: string) => `/submissions/${submission}`

export const fileAddress = (meeting: string, kind: string) => `${prefix}/meetings/${meeting}/record/files/${kind}`
export const archiveAddress = (meeting: string) => `${prefix}/meetings/${meeting}/archive`
export const versionAddress = (submission: string, version: number) => `${prefix}/submissions/${submission}/versions/${version}/file`
