#include "tools/verify/errc.hpp"

#include <array>

namespace verify {
namespace {

constexpr ledger::Message entry(errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::string_view restore_en =
    "Keep this ledger as evidence, and restore it from a mirror or an export that verifies.";
constexpr std::string_view restore_zh = "请保留此账本作为证据，并从能通过校验的镜像或导出中恢复。";
constexpr std::string_view hashes_en =
    "The events are good. Restore the ledger from a mirror or an export, and have the disk checked.";
constexpr std::string_view hashes_zh = "事件本身完好。请从镜像或导出中恢复账本，并检查磁盘。";
constexpr std::string_view vendor_en =
    "Ask the vendor which certificate is right; do not accept activations meanwhile.";
constexpr std::string_view vendor_zh = "请向厂商确认正确的证书，在此之前不要接受激活。";

constexpr std::string_view report_en =
    "Do not rely on it; get statement and proof anew from whoever made them: `actledger report`.";
constexpr std::string_view report_zh = "请勿采信；请向制作者重新索取报告及其证明：`actledger report`。";
constexpr std::string_view server_en =
    "The server signed what its events do not say: keep both as evidence, and ask the vendor.";
constexpr std::string_view server_zh = "服务器签名的内容与其事件不符：请保留两者作为证据，并联系厂商。";

constexpr std::array messages{
    entry(errc::option_misplaced, "option-misplaced",
          {"{option} says nothing of {path}, which is another kind of subject.",
           "Leave it out, or name what it belongs to: see --help. Nothing was verified."},
          {"{option} 不适用于 {path}：这是另一类校验对象。",
           "请去掉该选项，或指定与之对应的对象：参见 --help。未进行校验。"}),
    entry(errc::event_missing, "event-missing", {"Event {at} is missing: it was removed.", restore_en},
          {"缺少事件 {at}：已被删除。", restore_zh}),
    entry(
        errc::event_misplaced, "event-misplaced",
        {"At {at} lies an event that says it is number {found}: events were swapped, inserted or removed.", restore_en},
        {"位置 {at} 上的事件自称编号为 {found}：事件被调换、插入或删除。", restore_zh}),
    entry(errc::event_changed, "event-changed",
          {"Event {at} was changed: its bytes are not those that were signed.", restore_en},
          {"事件 {at} 被改动：其内容与签名时不一致。", restore_zh}),
    entry(errc::event_unsigned, "event-unsigned",
          {"Event {at} lies behind the last good signed head: no signature covers it.", restore_en},
          {"事件 {at} 位于最后一个有效签名树头之后：没有签名覆盖它。", restore_zh}),
    entry(errc::history_differs, "history-differs",
          {"The events do not give the signed head of size {size}: something in {at} is not what was signed.",
           restore_en},
          {"事件与大小为 {size} 的签名树头不符：{at} 中有内容与签名时不一致。", restore_zh}),
    entry(errc::node_changed, "tree-node-changed",
          {"A stored hash at {at} is not the one that the events give.", hashes_en},
          {"位置 {at} 处存储的哈希与事件不符。", hashes_zh}),
    entry(errc::node_missing, "tree-node-missing", {"The stored hashes at {at} are missing.", hashes_en},
          {"缺少位置 {at} 处存储的哈希。", hashes_zh}),
    entry(errc::entry_stray, "entry-stray",
          {"The database \"{database}\" holds an entry that is no part of the ledger (key {key}).", restore_en},
          {"数据库“{database}”中有一条不属于账本的条目（键 {key}）。", restore_zh}),
    entry(errc::origin_differs, "origin-differs",
          {"Event {at} belongs to {origin}, and this ledger is {expected}.", restore_en},
          {"事件 {at} 属于 {origin}，而本账本是 {expected}。", restore_zh}),
    entry(errc::genesis_misplaced, "genesis-misplaced",
          {"At {at} a ledger does not begin as it must: event 0, and no other, creates it.", restore_en},
          {"位置 {at}：账本必须由事件 0 创建，且仅由它创建。", restore_zh}),
    entry(errc::witness_differs, "witness-differs",
          {"{witness} proves another history of the same server up to size {size}.",
           "Keep both as evidence and follow the manual's chapter on rollback and forks."},
          {"{witness} 证明同一服务器在大小 {size} 之前有另一份历史。",
           "请保留两者作为证据，并按手册“回退与分叉”一章处理。"}),
    entry(errc::witness_ahead, "witness-ahead",
          {"{witness} proves that the ledger once had {size} events, and it has {ledger_size}: its end was cut off.",
           "Keep this ledger as evidence and follow the manual's chapter on rollback and forks."},
          {"{witness} 证明账本曾有 {size} 条事件，而现在只有 {ledger_size} 条：末尾被截断。",
           "请保留此账本作为证据，并按手册“回退与分叉”一章处理。"}),

    entry(errc::head_misplaced, "head-misplaced",
          {"The head that is stored for size {size} is one of size {found}.", restore_en},
          {"存储为大小 {size} 的树头实际大小为 {found}。", restore_zh}),
    entry(errc::head_missing, "head-missing", {"The ledger has events and no signed head that is good.", restore_en},
          {"账本中有事件，但没有有效的签名树头。", restore_zh}),

    entry(errc::root_differs, "root-differs",
          {"The ledger is pinned to the root certificate {pinned}, and {given} was given.",
           "Use the root certificate that the vendor gave you for this server; if it is that, this ledger is not "
           "genuine."},
          {"账本绑定的根证书是 {pinned}，而给出的是 {given}。",
           "请使用厂商为本服务器提供的根证书；如果确实是它，则此账本不真实。"}),
    entry(errc::server_id_differs, "server-id-differs",
          {"The server id {found} does not follow from the ledger's first key, which gives {expected}.", vendor_en},
          {"服务器标识 {found} 与账本的首个密钥不符，应为 {expected}。", vendor_zh}),
    entry(errc::server_key_differs, "server-key-differs",
          {"The server certificate at {at} is for another key than the one that signs this ledger.", vendor_en},
          {"位置 {at} 的服务器证书所对应的密钥不是本账本的签名密钥。", vendor_zh}),
    entry(errc::server_not_certified, "server-not-certified",
          {"The ledger holds no good certificate from the vendor for its key: nothing ties it to the vendor.",
           "Import the first licence, which brings the certificate, and verify again."},
          {"账本中没有厂商为其密钥签发的有效证书：无法证明它与厂商有关。",
           "请先导入第一份授权数量文件（其中带有证书），然后再校验。"}),

    entry(errc::document_id_differs, "document-id-differs",
          {"Event {at} names the document {found}, and the vendor signed {expected}.", restore_en},
          {"事件 {at} 所称的文件是 {found}，而厂商签名的是 {expected}。", restore_zh}),

    entry(errc::annex_missing, "annex-missing",
          {"The value \"{field}\" of event {at} is missing from the annex, and no event erased it.",
           "Restore the annex from a mirror or an export; the events are not affected."},
          {"附录中缺少事件 {at} 的“{field}”，且没有事件删除过它。", "请从镜像或导出中恢复附录；事件不受影响。"}),
    entry(errc::annex_not_erased, "annex-not-erased",
          {"The value \"{field}\" of event {at} was erased by an event, and is still in the annex.",
           "Erase it again; personal data that should be gone is not."},
          {"事件 {at} 的“{field}”已由事件删除，但仍在附录中。", "请再次删除：应当消失的个人信息仍然存在。"}),
    entry(errc::annex_orphaned, "annex-orphaned",
          {"The annex holds values for {at}, which no event commits to.", restore_en},
          {"附录中有 {at} 的值，但没有事件对其作出承诺。", restore_zh}),

    entry(errc::copy_ends_early, "copy-ends-early",
          {"This copy has {size} of the {stated} events that its checkpoint states, and lacks whole files behind them.",
           "What it has is good. Copy it again, or take a longer one: a copy that was made while the original grew "
           "lacks no "
           "more than the newest partial files."},
          {"此副本只有其检查点所述 {stated} 条事件中的 {size} 条，其后缺少整份文件。",
           "已有部分完好。请重新复制，或换用更长的副本：在原件增长期间制作的副本，最多只缺少最新的不满的文件。"}),
    entry(errc::lease_over, "lease-over",
          {"The activation is genuine and its lease is over: it ended {lease_ends}, with grace until {grace_ends}; "
           "judged at {judged_at}.",
           "Let the desktop renew it: `actledger-client renew`."},
          {"激活真实有效，但租期已结束：租期至 {lease_ends}，宽限至 {grace_ends}；判断时间为 {judged_at}。",
           "请在桌面上续租：`actledger-client renew`。"}),
    entry(errc::lease_grace, "lease-in-grace",
          {"The activation is genuine and in its grace time: the lease ended {lease_ends}, grace lasts until "
           "{grace_ends}; judged at {judged_at}.",
           "Let the desktop renew it soon: `actledger-client renew`."},
          {"激活真实有效，处于宽限期：租期至 {lease_ends}，宽限至 {grace_ends}；判断时间为 {judged_at}。",
           "请尽快在桌面上续租：`actledger-client renew`。"}),

    entry(errc::statement_altered, "statement-altered",
          {"The statement is not the one that was signed: its digest is {found}, and the signed one is {signed}.",
           report_en},
          {"席位报告不是被签名的那一份：其摘要为 {found}，签名的摘要为 {signed}。", report_zh}),
    entry(errc::statement_proof_malformed, "statement-proof-malformed",
          {"{path} is no proof of a statement.",
           "Use the file `.tlog-proof` that was made with it, or make the report again: `actledger report`."},
          {"{path} 不是席位报告的证明。",
           "请使用与该席位报告一同生成的 `.tlog-proof` 文件，或重新生成报告：`actledger report`。"}),
    entry(errc::statement_proof_other, "statement-proof-other",
          {"The proof is of an event that is no report ({kind}).", "Use the proof that was made with this statement."},
          {"证明所对应的事件不是席位报告（{kind}）。", "请使用与该席位报告一同生成的证明。"}),
    entry(errc::statement_head_differs, "statement-head-differs",
          {"What the statement says of itself is not what was signed: {member}.", report_en},
          {"席位报告自述的内容与签名不符：{member}。", report_zh}),
    entry(errc::statement_cut, "statement-cut", {"The statement does not end with its totals.", report_en},
          {"席位报告末尾没有合计行。", report_zh}),
    entry(errc::statement_line_differs, "statement-line-differs",
          {"Line {line} of the statement is not what the events say.", server_en},
          {"席位报告第 {line} 行与事件不符。", server_zh}),
    entry(errc::statement_seat_missing, "statement-seat-missing",
          {"The events show the seat {activation}, and the statement does not.", server_en},
          {"事件中有席位 {activation}，而席位报告中没有。", server_zh}),
    entry(errc::statement_seat_extra, "statement-seat-extra",
          {"The statement shows the seat {activation}, and the events do not.", server_en},
          {"席位报告中有席位 {activation}，而事件中没有。", server_zh}),
    entry(errc::statement_seat_differs, "statement-seat-differs",
          {"What the statement says of the seat {activation} is not what the events say.", server_en},
          {"席位报告中关于席位 {activation} 的内容与事件不符。", server_zh}),
    entry(errc::statement_ledger_other, "statement-ledger-other",
          {"The statement cannot be held against this ledger: {problem}.",
           "Use a copy of the same server's ledger that goes at least up to the statement's time."},
          {"无法用该账本核对席位报告：{problem}。", "请使用同一服务器、且至少覆盖报告时间的账本副本。"}),
    entry(errc::personal_malformed, "personal-malformed",
          {"Line {line} of the personal values is not one that this program writes: it was changed.", report_en},
          {"个人信息文件第 {line} 行不是本程序写入的内容：已被改动。", report_zh}),
    entry(errc::personal_other, "personal-other",
          {"The personal values were made with another statement.", "Use the file that was made with this one."},
          {"个人信息文件属于另一份席位报告。", "请使用与该席位报告一同生成的文件。"}),
    entry(errc::personal_differs, "personal-differs",
          {"The value \"{field}\" of the seat {activation} is not the one that its event commits to.", report_en},
          {"席位 {activation} 的“{field}”与其事件的承诺不符。", report_zh}),
    entry(errc::personal_cut, "personal-cut", {"The file of personal values is cut.", report_en},
          {"个人信息文件不完整。", report_zh}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"verify", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace verify
