// @ts-check

/** @type {import('@docusaurus/types').Config} */
const config = {
  title: 'A Short Primer on Physical AI and Humanoid Robotics',
  tagline: 'How machines with bodies sense, decide, move and stay upright',
  url: 'http://localhost:3000', // where `docusaurus start` and `docusaurus serve` listen
  baseUrl: '/robotics-book/',
  onBrokenLinks: 'throw',
  onBrokenAnchors: 'throw',
  i18n: {defaultLocale: 'en', locales: ['en']},
  presets: [
    [
      'classic',
      {
        docs: {sidebarPath: './sidebars.js'},
        blog: false,
      },
    ],
  ],
  themeConfig: {
    navbar: {title: 'Physical AI and Humanoid Robotics'},
    prism: {additionalLanguages: ['cpp']},
  },
};

export default config;
