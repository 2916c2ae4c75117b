#include "tools/verify/verify_ledger.hpp"

#include <algorithm>

#include "ledger/core/activation_file.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/store_read/export_folder.hpp"
#include "tools/verify/annex_fold.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/origins_fold.hpp"
#include "tools/verify/pipeline.hpp"
#include "tools/verify/rules_fold.hpp"
#include "tools/verify/tree_fold.hpp"

namespace verify {
namespace {

using ledger::ByteView;
using ledger::LogDatabase;

/// So many heads at the end are looked at to find one with a good signature.
constexpr std::size_t heads_tried_max = 4'096;

/// The end of the log as one read transaction sees it.
struct Extent {
    std::optional<ledger::SignedCheckpoint> head;  ///< The newest one that is good.
    std::uint64_t size = 0;                        ///< Events to judge.
};

/// A ledger's folder, or that of an export or a mirror.
ledger::Result<std::unique_ptr<ledger::LogScan>> open_scan(const std::filesystem::path& folder) {
    return ledger::ExportFolder::is_one(folder) ? ledger::open_export_scan(folder) : ledger::open_log_scan(folder);
}

ledger::Result<ledger::Bytes> read_genesis_bytes(const ledger::LogView& view) {
    ledger::Result<ledger::Bytes> bytes = ledger::Bytes{};
    ACTLEDGER_CHECK(
        view.visit(LogDatabase::events, ledger::log_key(0), ledger::log_key(1), [&](ByteView, ByteView value) {
            bytes = ledger::copy(value);
            return false;
        }));
    return bytes;
}

/// Goes back from the end to the newest head that is good; those on the way are findings.
ledger::Result<Extent> find_extent(const ledger::LogView& view, const Trust& trust, FindingList& findings) {
    Extent extent;
    std::size_t tried = 0;
    ACTLEDGER_CHECK(view.visit_back(LogDatabase::heads, [&](ByteView key, ByteView value) {
        const auto size = ledger::log_key_number(key);
        if (!size || *size == 0) {
            findings.add(stray_entry(LogDatabase::heads, key));
            return ++tried < heads_tried_max;
        }
        auto head = read_head(trust, *size, ledger::as_text(value));
        const auto good = head ? verify_head(trust, *head) : ledger::Result<void>(head.error());
        if (good) {
            extent.head = *std::move(head);
            return false;
        }
        findings.add(head_finding(good.error(), *size));
        return ++tried < heads_tried_max;
    }));
    if (extent.head) {
        extent.size = extent.head->checkpoint.head.size.value;
    } else {
        // Neither number is signed: a damaged page may claim any count, or a key far beyond.
        ACTLEDGER_TRY(extent.size, view.entries(LogDatabase::events));
        ACTLEDGER_CHECK(view.visit_back(LogDatabase::events, [&](ByteView key, ByteView) {
            const auto last = ledger::log_key_number(key);
            if (last && *last < extent.size) extent.size = *last + 1;
            return !last;
        }));
        findings.add({FindingKind::head, ledger::Error{errc::head_missing}, std::nullopt});
    }
    return extent;
}

/// Entries behind the last judged event: events that no head covers, and strays.
ledger::Result<void> look_behind(const ledger::LogView& view, std::uint64_t size, FindingList& findings) {
    const auto from = ledger::log_key(size);
    std::uint64_t events_end = size;
    ACTLEDGER_CHECK(view.visit(LogDatabase::events, from, {}, [&](ByteView key, ByteView) {
        const auto number = ledger::log_key_number(key);
        if (number) {
            findings.add({FindingKind::history, ledger::Error{errc::event_unsigned}, EventRange{{*number}, {*number}}});
            events_end = *number + 1;
        } else {
            findings.add(stray_entry(LogDatabase::events, key));
        }
        return true;
    }));
    for (const LogDatabase database : {LogDatabase::nodes, LogDatabase::annex}) {
        ACTLEDGER_CHECK(view.visit(database, from, {}, [&](ByteView key, ByteView) {
            const auto number = ledger::log_key_number(key);
            if (!number || *number >= events_end) findings.add(stray_entry(database, key));
            return true;
        }));
    }
    // The one entry there is was looked at when the log was opened.
    return view.visit(LogDatabase::meta, {}, {}, [&](ByteView key, ByteView) {
        if (ledger::as_text(key) != "format") findings.add(stray_entry(LogDatabase::meta, key));
        return true;
    });
}

/// @return why a witness is none: not well formed, of another ledger, or not signed by this one's key.
ledger::Result<WitnessedHead> read_witness(const Trust& trust, const Witness& witness) {
    std::string note = witness.text;
    if (note.starts_with("c2sp.org/tlog-proof@")) {
        ACTLEDGER_TRY(const auto file, ledger::ActivationFile::parse(note));
        note = file.checkpoint;
    }
    ACTLEDGER_TRY(const auto head, ledger::SignedCheckpoint::parse(note));
    if (head.checkpoint.origin.server_id != trust.origin.server_id) {
        return ledger::Error{ledger::errc::wrong_origin, witness.name + ": " + head.checkpoint.origin.text()};
    }
    ACTLEDGER_CHECK(verify_head(trust, head));
    return WitnessedHead{witness.name, head.checkpoint, std::nullopt};
}

struct Witnesses {
    std::vector<WitnessedHead> within;  ///< Sizes that the ledger has.
    std::vector<WitnessedHead> ahead;
};

ledger::Result<Witnesses> read_witnesses(const LedgerAudit& audit, const Trust& trust, std::uint64_t size) {
    Witnesses witnesses;
    for (const VouchedHead& one : trust.vouched) {
        const ledger::Reendorsement& stated = one.reendorsement;
        if (stated.lost_log) continue;                      // its head is of the log that is lost
        if (stated.head->head.size.value > size) continue;  // found with the events that are missing
        witnesses.within.push_back({stated.reendorsement_id, *stated.head, one.event});
    }
    for (const Witness& witness : audit.witnesses) {
        ACTLEDGER_TRY(auto read, read_witness(trust, witness));
        if (read.head().size.value == 0) continue;
        auto& list = read.head().size.value > size ? witnesses.ahead : witnesses.within;
        list.push_back(std::move(read));
    }
    return witnesses;
}

/// A witness that knows what the ledger does not have is a finding, unless its incarnation was closed by an event.
/// @return how many are no finding
std::uint64_t judge_witnesses(const std::vector<WitnessedHead>& differing, const std::vector<WitnessedHead>& ahead,
                              const ledger::Incarnations& incarnations, std::uint64_t size, FindingList& findings) {
    std::uint64_t explained = 0;
    const auto judge = [&](const WitnessedHead& witness, errc code) {
        if (witness.vouched_by) {
            findings.add({FindingKind::certificate,
                          ledger::Error{ledger::license_file::errc::reendorsement_head_differs,
                                        {},
                                        {{"reendorsement_id", witness.name},
                                         {"size", std::to_string(witness.head().size.value)}}},
                          EventRange{*witness.vouched_by, *witness.vouched_by}});
            return;
        }
        if (!incarnations.must_have(witness.checkpoint)) {
            ++explained;
            return;
        }
        findings.add({FindingKind::history,
                      ledger::Error{code,
                                    {},
                                    {{"witness", witness.name},
                                     {"size", std::to_string(witness.head().size.value)},
                                     {"ledger_size", std::to_string(size)}}},
                      std::nullopt});
    };
    for (const WitnessedHead& witness : differing) judge(witness, errc::witness_differs);
    for (const WitnessedHead& witness : ahead) judge(witness, errc::witness_ahead);
    return explained;
}

/// A copy that was made while the original grew lacks the newest partial files, and is as good as it is long. One that
/// lacks whole files was made long before its checkpoint, or lost them since: nobody should take it for the newest one.
ledger::Result<void> judge_end(const std::filesystem::path& folder, bool holds_annex, const LedgerReport& report,
                               FindingList& findings) {
    using Manifest = ledger::ExportManifest;
    if (report.stated_size <= report.size) return {};
    const auto annex = holds_annex ? Manifest::Annex::kept : Manifest::Annex::left_out;
    ACTLEDGER_TRY(const ledger::TreeSize covered,
                  ledger::ExportFolder::covered_within(folder, annex, {report.stated_size},
                                                       ledger::ExportFolder::Levels::lowest));
    if (covered.value >= (report.stated_size - 1) / ledger::tile_width * ledger::tile_width) return {};
    findings.add(
        {FindingKind::copy,
         ledger::Error{errc::copy_ends_early,
                       {},
                       {{"size", std::to_string(report.size)}, {"stated", std::to_string(report.stated_size)}}},
         std::nullopt});
    return {};
}

void describe_trust(const Trust& trust, const Extent& extent, LedgerReport& report) {
    report.origin = trust.origin_text;
    report.server_id = trust.origin.server_id;
    report.suite = trust.suite->name();
    report.size = extent.size;
    if (extent.head) report.root_hash = ledger::base64_encode(extent.head->checkpoint.head.root.view());
}

void describe_rules(const RulesFold& rules, LedgerReport& report) {
    report.licenses = rules.licenses();
    report.seats = rules.seats_held();
    report.activations = rules.activations();
    report.first_time = rules.first_time();
    report.last_time = rules.last_time();
    report.rules_stopped_at = rules.stopped_at();
}

}  // namespace

ledger::Result<LedgerReport> verify_ledger(const LedgerAudit& audit) {
    ACTLEDGER_TRY(const auto scan, open_scan(audit.folder));
    ACTLEDGER_TRY(auto view, scan->open_view());
    LedgerReport report;
    report.findings = FindingList(audit.findings_max);
    report.signatures = audit.signatures;
    FindingList& findings = report.findings;

    ACTLEDGER_TRY(const auto genesis, read_genesis_bytes(*view));
    Trust trust = establish_trust(audit.root, genesis, findings);
    ACTLEDGER_CHECK(add_hand_overs(trust, *view, findings));
    ACTLEDGER_TRY(const Extent extent, find_extent(*view, trust, findings));
    describe_trust(trust, extent, report);
    ACTLEDGER_TRY(Witnesses witnesses, read_witnesses(audit, trust, extent.size));
    ACTLEDGER_CHECK(look_behind(*view, extent.size, findings));
    view.reset();  // from here on each chunk has a transaction of its own

    const ChunkChecker checker(*scan, trust, audit.signatures);
    TreeFold tree(trust, findings, audit.findings_max, std::move(witnesses.within));
    OriginsFold origins(trust, findings);
    RulesFold rules(trust, *scan, findings);
    rules.expect_events(extent.size);
    AnnexFold annex(findings);
    const auto check = [&](std::uint64_t index, Chunk& chunk) {
        const std::uint64_t first = index * Subtree::leaves_max;
        return checker.check(first, std::min(Subtree::leaves_max, extent.size - first), chunk);
    };
    const auto fold = [&](Chunk& chunk) -> ledger::Result<void> {
        findings.add_all(std::move(chunk.findings));
        tree.add(chunk);
        origins.add(chunk);
        if (!scan->holds_annex()) chunk.annex_missing.clear();
        annex.add(chunk);
        ACTLEDGER_CHECK(rules.add(chunk));
        if (audit.progress) audit.progress(chunk.first + chunk.events.size(), extent.size);
        return {};
    };
    const std::uint64_t chunks = (extent.size + Subtree::leaves_max - 1) / Subtree::leaves_max;
    ACTLEDGER_CHECK(Pipeline(chunks, audit.threads, audit.findings_max, check, fold).run());
    tree.finish();
    rules.finish();
    ACTLEDGER_CHECK(annex.finish(*scan, extent.size));

    describe_rules(rules, report);
    report.heads = tree.heads();
    report.witnesses_closed =
        judge_witnesses(tree.witnesses_differing(), witnesses.ahead, origins.incarnations(), extent.size, findings);
    report.witnesses = tree.witnesses_agreeing();
    report.incarnations = origins.incarnations().opened();
    report.present_origin = report.origin;
    if (!report.origin.empty() && !report.incarnations.empty()) {
        report.present_origin = ledger::Origin{report.server_id, report.incarnations.back().number}.text();
    }
    report.unclaimed = rules.unclaimed();
    report.provisional = rules.seats_lent();
    report.unconfirmed = rules.seats_unconfirmed();
    report.kept = rules.kept();
    report.erased = annex.erased();
    report.annex_held = scan->holds_annex();
    if (const ledger::SignedCheckpoint* const stated = scan->stated()) {
        const ledger::Checkpoint& checkpoint = stated->checkpoint;
        report.stated_size = checkpoint.head.size.value;
        // One that the files reach is the head of its size, byte for byte, and judged with the others.
        const auto good = trust.keys.verify_later(*trust.suite, stated->note, checkpoint.origin);
        if (report.stated_size > extent.size && !good) findings.add(head_finding(good.error(), report.stated_size));
        ACTLEDGER_CHECK(judge_end(audit.folder, report.annex_held, report, findings));
    }
    return report;
}

}  // namespace verify
