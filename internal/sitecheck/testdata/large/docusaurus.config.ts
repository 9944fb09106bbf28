import type {Config} from '@docusaurus/types';
const config: Config = {
  title: 'S2', url: 'https://ex.com', baseUrl: '/', trailingSlash: true,
  onBrokenLinks: 'warn', onBrokenAnchors: 'warn', onDuplicateRoutes: 'warn',
  markdown: { hooks: { onBrokenMarkdownLinks: 'warn', onBrokenMarkdownImages: 'warn' }, format: 'detect' },
  i18n: { defaultLocale: 'en', locales: ['en', 'ur'] },
  presets: [['classic', { docs: { sidebarPath: './sidebars.ts', routeBasePath: '/' }, blog: { routeBasePath: 'news' } }]],
  themeConfig: {
    navbar: { title: 'S', items: [{ type: 'doc', docId: 'guide/start', label: 'y' }, { to: '/news', label: 'n' }] },
    footer: { links: [{ title: 't', items: [{ label: 'f', to: '/guide/nope-footer' }, { label: 'g', href: 'https://ex.com' }] }] },
  },
};
export default config;
