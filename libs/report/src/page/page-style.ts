import { fontFaceCss } from '../figures/drawing/fonts.js';
import { darkColours, fontFamily } from '../figures/style.js';

/** Rules for dark screens: each colour that figures use by name becomes its dark counterpart. */
function darkFigures(): string {
  return Object.entries(darkColours)
    .map(([light, dark]) => `figure svg [fill="${light}"]{fill:${dark}}figure svg [stroke="${light}"]{stroke:${dark}}`)
    .join('\n');
}

/**
 * Style rules of a report's page, light and dark as the reader's system is. Contrast with their grounds: ink 15:1, faint ink and
 * links 6:1.
 */
export function pageStyle(): string {
  return `${fontFaceCss()}
:root{color-scheme:light dark;--ink:#1a1a1a;--faint:#55595e;--rule:#d5d8dc;--accent:#0b5fa5;--paper:#fff;--ground:#f6f7f8;--warn:#fff6e0;--warn-edge:#8a5a00}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e9e9ea;--faint:#a8adb3;--rule:#3a3f45;--accent:#6db3ea;--paper:#16181b;--ground:#212428;--warn:#332a14;--warn-edge:#d9a441}
${darkFigures()}}
*{box-sizing:border-box}
html{font:400 17px/1.5 '${fontFamily}','Source Sans Pro','Helvetica Neue',Arial,sans-serif;color:var(--ink);background:var(--paper);
-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0}
.page{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1,h2,h3,h4{line-height:1.2;font-weight:600;text-wrap:balance;overflow-wrap:anywhere}
h1{font-size:2.1rem;margin:.2rem 0 .4rem}
h2{font-size:1.5rem;margin:3rem 0 1rem;padding-top:.8rem;border-top:2px solid var(--ink)}
h3{font-size:1.15rem;margin:2rem 0 .7rem}
h4{font-size:1rem;margin:1.6rem 0 .3rem}
p,ul{margin:.5rem 0 .9rem;max-width:46rem;overflow-wrap:anywhere}
ul{padding-left:1.2rem}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.faint{color:var(--faint)}
.kicker{color:var(--faint);font-weight:600;letter-spacing:.04em;margin:0}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.4rem .8rem}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.4rem}
nav a{display:inline-block;padding:.25rem 0}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.6rem;margin:1rem 0 1.4rem}
.facts div{background:var(--ground);border-radius:6px;padding:.6rem .8rem}
.facts dt{color:var(--faint);font-size:.85rem}
.facts dd{margin:0;font-size:1.3rem;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.facts .long{font-size:1rem}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;margin:.4rem 0 1rem}
caption{text-align:left;font-weight:600;padding:.3rem 0 .5rem}
caption span{display:block;max-width:min(46rem,calc(100vw - 2.5rem))}
th,td{padding:.32rem .9rem .32rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule);white-space:nowrap}
th{font-weight:600}
thead th{border-bottom:1.5px solid var(--ink);white-space:normal;vertical-align:bottom;min-width:4rem}
tbody th{font-weight:400}
tbody th.wrap{min-width:11rem}
.right{text-align:right}
.wrap{white-space:normal;overflow-wrap:anywhere;min-width:7rem}
table:not(.sorted) tr.block th,table:not(.sorted) tr.block td{border-top:1.5px solid var(--faint)}
.warnings{background:var(--warn);border-left:4px solid var(--warn-edge);padding:.7rem 1rem;margin:1rem 0 1.4rem;border-radius:0 6px 6px 0}
.warnings ul{margin:.3rem 0 0}
.warnings h3,.warnings h4{margin:0}
.warnings details{margin:0}
.headline{font-size:1.05rem}
.note{border-left:4px solid var(--rule);padding-left:.8rem}
.meanings dt{font-weight:600}
.meanings dd{margin:0 0 .5rem}
th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:inherit}
th button::after{content:'\\2195';color:var(--faint);padding-left:.25em}
th[aria-sort=ascending] button::after{content:'\\2191'}
th[aria-sort=descending] button::after{content:'\\2193'}
th button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
figure{margin:1.2rem 0 1.8rem}
figure svg{display:block;width:100%;height:auto;max-width:var(--wide);min-width:min(var(--wide),36rem)}
details{margin:.3rem 0 .8rem}
summary{cursor:pointer;color:var(--accent);padding:.25rem 0}
figure summary{font-size:.85rem}
pre,code{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:.8rem}
pre{background:var(--ground);padding:.9rem 1rem;border-radius:6px;overflow-x:auto;margin:.4rem 0}
footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--rule);color:var(--faint);font-size:.9rem}
@media (max-width:40rem){html{font-size:16px}.page{padding:1.2rem 1rem 3rem}h1{font-size:1.7rem}h2{font-size:1.35rem;margin-top:2.2rem}
.facts{grid-template-columns:repeat(2,1fr)}
figure::before{content:'Wider than the screen: scrolls sideways';color:var(--faint);font-size:.8rem}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@page{margin:16mm 14mm}
@media print{html{font-size:10.5pt}th button::after{content:none}.page{max-width:none;padding:0}nav,.skip,figure details{display:none}
h2,h3,h4{break-after:avoid}figure,tr,.facts,.warnings{break-inside:avoid}thead{display:table-header-group}
details::details-content{content-visibility:visible;height:auto}.scroll{overflow:visible}figure svg{min-width:0;max-height:235mm}pre{white-space:pre-wrap;overflow-wrap:anywhere}
table{font-size:8pt}th,td{white-space:normal;padding-right:.5rem}td.right{white-space:nowrap}
a{color:inherit;text-decoration:none}}`;
}
