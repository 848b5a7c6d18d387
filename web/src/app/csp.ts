// The content policy lets only <style> elements with this page's nonce through.
// antd takes the nonce from ConfigProvider, but some of its parts (the scroll
// lock behind a dialog, the scroll bar's measure) do not ask for it; so every
// style element that our scripts make gets it. Injected markup has no script
// to do so and stays blocked.
export const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''

export function nonceForStyles() {
  if (!nonce) return
  const create = document.createElement.bind(document) as (tag: string, options?: ElementCreationOptions) => HTMLElement
  document.createElement = ((tag: string, options?: ElementCreationOptions) => {
    const element = create(tag, options)
    if (tag.toLowerCase() === 'style') element.nonce = nonce
    return element
  }) as typeof document.createElement
}
