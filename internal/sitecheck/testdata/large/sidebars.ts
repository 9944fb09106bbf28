import type {SidebarsConfig} from '@docusaurus/plugin-content-docs';
const sidebars: SidebarsConfig = {
  main: ['home', { type: 'category', label: 'Guide', link: { type: 'generated-index', slug: '/all-guides' }, items: ['guide/start', 'guide/more'] }],
};
export default sidebars;
