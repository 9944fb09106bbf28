import {Redirect} from '@docusaurus/router';
import useBaseUrl from '@docusaurus/useBaseUrl';

/** The book has no landing page of its own: the site opens on its first page. */
export default function Home() {
  return <Redirect to={useBaseUrl('/docs/')} />;
}
