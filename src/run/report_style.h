// The report's style sheet: light and dark, phone and desktop.
#pragma once

namespace retort::run {

inline constexpr const char* report_style = R"css(
:root { color-scheme: light dark; --ground: #f7f8fa; --card: #ffffff; --ink: #1b2330; --quiet: #667085; --line: #e3e7ed;
  --accent: #0b7a75; --good: #1a7f37; --bad: #b42318; --wait: #9a6700; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #10141b; --card: #181e27; --ink: #e6eaf0; --quiet: #94a0b3; --line: #2a3340; --accent: #4fc3b8;
    --good: #56d37b; --bad: #ff8a80; --wait: #e3b341; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1320px; padding: 20px 16px 48px; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 0; font-size: 26px; letter-spacing: -0.01em; }
h2 { margin: 34px 0 12px; font-size: 18px; }
h3 { margin: 0; font-size: 14px; font-weight: 600; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.state { display: inline-block; padding: 1px 10px; border: 1px solid currentColor; border-radius: 999px; font-size: 13px;
  font-weight: 600; vertical-align: 5px; margin-left: 10px; }
.finished { color: var(--good); } .failed { color: var(--bad); } .stopped, .running { color: var(--wait); }
.message { border-left: 3px solid var(--bad); padding: 4px 12px; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; min-width: 0; }
.grid { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); }
.figures { display: grid; gap: 10px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 158px), 1fr)); }
.figures b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
.figures span { font-size: 13px; color: var(--quiet); overflow-wrap: anywhere; }
.head { display: flex; justify-content: space-between; align-items: baseline; gap: 10px; }
.head span { font-size: 12.5px; font-weight: 400; }
.head b { font-variant-numeric: tabular-nums; white-space: nowrap; }
.small { font-size: 12.5px; color: var(--quiet); }
svg { display: block; width: 100%; height: auto; margin-top: 6px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--quiet); stroke-width: 1; }
svg .tick, svg .name { fill: var(--quiet); font-size: 11.5px; font-variant-numeric: tabular-nums; }
svg .raw { fill: none; stroke: var(--accent); stroke-opacity: .3; stroke-width: 1; }
svg .line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
svg .dot { fill: var(--accent); }
figure { margin: 0; } figure img { display: block; width: 100%; height: auto; border-radius: 6px; }
figcaption { margin-top: 6px; font-size: 13px; color: var(--quiet); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 13px; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td, .facts tr:last-child th { border-bottom: 0; }
.facts th { width: 150px; white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.hash { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 12px; overflow-wrap: anywhere; min-width: 220px; }
pre { margin: 0; overflow-x: auto; font: 13px/1.45 ui-monospace, Menlo, Consolas, monospace; }
a { color: var(--accent); }
)css";

}  // namespace retort::run
