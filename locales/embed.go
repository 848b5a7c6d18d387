// Package locales holds every word that people read, once for Go and the browser:
// <language>/<namespace>.json, i18next JSON v4, parameters as {{name}}. A key is spelt
// namespace.key everywhere. How to add words: docs/words.md.
package locales

import "embed"

// Files are the catalogues of all languages.
//
//go:embed */*.json
var Files embed.FS
