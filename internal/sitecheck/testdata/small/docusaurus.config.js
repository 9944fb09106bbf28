module.exports = {
  title: 'S', url: 'https://ex.com', baseUrl: '/book/',
  onBrokenLinks: 'warn', onBrokenAnchors: 'warn',
  markdown: { hooks: { onBrokenMarkdownLinks: 'warn', onBrokenMarkdownImages: 'warn' } },
  i18n: { defaultLocale: 'en', locales: ['en'] },
  presets: [['classic', { docs: { sidebarPath: undefined }, blog: false }]],
  themeConfig: { navbar: { title: 'S', items: [{ to: '/docs/nowhere-nav', label: 'x' }, { type: 'doc', docId: 'intro', label: 'y' }] } },
};
