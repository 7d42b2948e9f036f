// How the page of compare looks and what it does under the pointer. It loads nothing.

#include "demo/comparison.h"

namespace ringback::demo {

const char* const kPageStyle = R"(
:root { --paper: #fbfaf6; --card: #ffffff; --ink: #1d2329; --soft: #5c6670; --line: #dcdfe2;
  --work: #0f7b83; --wait: #e6e9ec; --call: #f0b45b; --slow: #c2543d; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --card: #1b2127; --ink: #e7eaed; --soft: #9aa5b0;
  --line: #303942; --work: #4fc3c8; --wait: #2c353e; --call: #a8742a; --slow: #e0735c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 20px; margin: 0 0 4px; }
h2 span { display: inline-block; min-width: 1.5em; text-align: center; border-radius: 6px; background: var(--wait); }
h3 { font-size: 15px; margin: 16px 0 2px; }
h3 span, .machine, .lane, small { font-weight: 400; color: var(--soft); }
p { margin: 0 0 8px; }
.machine, .lane, small { font-size: 13px; }
.lane { margin: 4px 0 1px; white-space: nowrap; }
.lesson { border-left: 3px solid var(--work); padding-left: 10px; }
section { scroll-margin-top: 56px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px; margin-top: 20px; }
.heads { list-style: none; display: flex; flex-wrap: wrap; gap: 12px; padding: 0; margin: 20px 0 0; }
.heads li { flex: 1 1 180px; }
.heads a { display: block; height: 100%; padding: 12px 14px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--card); color: inherit; text-decoration: none; font-size: 14px; line-height: 1.35; }
.heads a:hover, .heads a:focus-visible { border-color: var(--work); }
.heads b { display: block; font-size: 20px; margin-bottom: 2px; white-space: nowrap; color: var(--work); font-variant-numeric: tabular-nums; }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; font-size: 14px; position: sticky; top: 0;
  z-index: 1; background: var(--paper); padding: 12px 0 8px; margin-top: 12px; }
.key { width: 22px; height: 12px; border-radius: 3px; }
.key:not(:first-child) { margin-left: 12px; }
.key.work { background: var(--work); } .key.call { background: var(--call); }
.key.wait { background: var(--wait); border: 1px solid var(--line); }
.scales { margin-left: auto; }
button { font: inherit; font-size: 13px; padding: 4px 10px; border: 1px solid var(--line); background: var(--card);
  color: var(--ink); cursor: pointer; }
button:first-child { border-radius: 8px 0 0 8px; } button:last-child { border-radius: 0 8px 8px 0; border-left: 0; }
button[aria-pressed=true] { background: var(--work); color: var(--card); border-color: var(--work); }
svg.thread { shape-rendering: crispEdges; }
.meter { display: inline-block; width: 120px; height: 10px; border-radius: 5px; background: var(--wait); margin-left: 8px;
  overflow: hidden; vertical-align: baseline; }
.meter i { display: block; height: 100%; background: var(--work); }
.strip { width: var(--share); transition: width .25s; }
.own .strip { width: 100%; }
svg { display: block; width: 100%; border-radius: 3px; background: var(--wait); }
svg.calls { background: none; border-bottom: 1px solid var(--line); border-radius: 0; }
rect.work { fill: var(--work); } rect.wait { fill: var(--wait); }
rect.call { fill: var(--call); } rect.slow { fill: var(--slow); }
svg.few rect.call { stroke: var(--call); stroke-width: 2px; vector-effect: non-scaling-stroke; }
rect:hover { filter: brightness(1.15); }
.axis { position: relative; height: 22px; margin: 10px 0 14px; border-top: 1px solid var(--line); font-size: 12px;
  color: var(--soft); }
.axis span { position: absolute; top: 0; padding: 3px 0 0 4px; border-left: 1px solid var(--line); white-space: nowrap; }
.own .axis { visibility: hidden; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; display: block;
  overflow-x: auto; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: right; padding: 5px 10px; border-top: 1px solid var(--line); white-space: nowrap; width: 1%; }
th:first-child { text-align: left; padding-left: 0; }
thead th { font-weight: 400; color: var(--soft); border: 0; }
.bar { height: 12px; border-radius: 3px; margin-bottom: 3px; }
.bar.here { background: var(--work); } .bar.textbook { background: var(--call); }
.rung p { font-size: 13px; color: var(--soft); }
#tip { position: fixed; pointer-events: none; background: var(--ink); color: var(--paper); padding: 4px 10px;
  border-radius: 6px; font-size: 13px; z-index: 2; max-width: 320px; }
@media (prefers-reduced-motion: reduce) { .strip { transition: none; } }
)";

const char* const kPageScript = R"(
const tip = document.getElementById('tip');
document.addEventListener('pointermove', (event) => {
  const text = event.target.dataset && event.target.dataset.t;
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + 'px';
  tip.style.top = (event.clientY + 34 + tip.offsetHeight > innerHeight
      ? event.clientY - tip.offsetHeight - 10 : event.clientY + 18) + 'px';
});
document.querySelector('.scales').hidden = false;
for (const button of document.querySelectorAll('[data-scale]')) {
  button.addEventListener('click', () => {
    document.body.classList.toggle('own', button.dataset.scale === 'own');
    for (const other of document.querySelectorAll('[data-scale]')) {
      other.setAttribute('aria-pressed', String(other === button));
    }
  });
}
)";

}  // namespace ringback::demo
