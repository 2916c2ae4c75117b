#include "ledger/store_write/log_tail.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"

namespace ledger {
namespace {

Error damaged(std::string detail) { return {errc::log_damaged, std::move(detail)}; }

Result<const Suite*> suite_of(const LogReader& log) {
    ACTLEDGER_TRY(const Bytes stored, log.event({0}));
    ACTLEDGER_TRY(const Event event, decode_event(stored));
    const auto* created = std::get_if<LedgerCreated>(&event.body);
    if (created == nullptr) return damaged("event 0 is not LedgerCreated");
    const Suite* suite = find_suite(created->suite);
    if (suite == nullptr)
        return Error{errc::unknown_event_kind, "event 0 names a suite that this version does not know"};
    return suite;
}

Result<Checkpoint> last_checkpoint(const Suite& suite, const LogReader& log, TreeSize size, const Origin& origin,
                                   const PublicKey& key) {
    ACTLEDGER_TRY(const ReleasedHead head, log.last_head());
    if (head.size != size) {
        return damaged("the last head is of size " + std::to_string(head.size.value) + ", and there are " +
                       std::to_string(size.value) + " events");
    }
    ACTLEDGER_TRY(const SignedCheckpoint parsed, SignedCheckpoint::parse(head.note));
    const Checkpoint& checkpoint = parsed.checkpoint;
    if (checkpoint.head.size != size) return damaged("the last head states another size than it is stored under");
    if (checkpoint.origin.server_id != origin.server_id || checkpoint.origin.incarnation > origin.incarnation) {
        return damaged("the last head is of origin " + checkpoint.origin.text());
    }
    ACTLEDGER_CHECK(verify_note(suite, parsed.note, checkpoint.origin.text(), key));
    return checkpoint;
}

/// A head that the next append lies beside.
Result<void> check_head(const Suite& suite, const LogReader& log, const ReleasedHead& head, const Origin& last_origin,
                        const PublicKey& key) {
    const std::string name = "the head of size " + std::to_string(head.size.value);
    ACTLEDGER_TRY(const SignedCheckpoint parsed, SignedCheckpoint::parse(head.note));
    const Checkpoint& checkpoint = parsed.checkpoint;
    ACTLEDGER_TRY(const Frontier frontier, Frontier::load(suite, head.size, log));
    if (checkpoint.head != frontier.head()) return damaged(name + " has another root, or states another size");
    if (checkpoint.origin == last_origin) return verify_note(suite, parsed.note, checkpoint.origin.text(), key);
    // Whose key it is nobody says here.
    if (checkpoint.origin.server_id == last_origin.server_id && checkpoint.origin.incarnation < last_origin.incarnation)
        return {};
    return damaged(name + " is of origin " + checkpoint.origin.text());
}

Result<void> check_heads_from(const Suite& suite, const LogReader& log, TreeSize from, const Origin& last_origin,
                              const PublicKey& key) {
    Result<void> checked;
    ACTLEDGER_CHECK(log.visit_heads(from, [&](const ReleasedHead& head) {
        checked = check_head(suite, log, head, last_origin, key);
        return checked.has_value();
    }));
    return checked;
}

Result<void> check_annex_from(const Suite& suite, const LogReader& log, SequenceNumber from, TreeSize size) {
    Result<void> checked;
    const auto check_entry = [&](SequenceNumber number, ByteView stored) -> Result<void> {
        ACTLEDGER_TRY(const auto values, decode_annex(stored));
        ACTLEDGER_TRY(const Bytes bytes, log.event(number));
        ACTLEDGER_TRY(const Event event, decode_event(bytes));
        return check_annex(suite, event, values);
    };
    ACTLEDGER_CHECK(log.visit_annex(from, size, [&](SequenceNumber number, ByteView stored) {
        checked = check_entry(number, stored);
        const bool told =
            checked || checked.error().code == errc::log_unreadable || checked.error().code == errc::unknown_event_kind;
        if (!told) {
            checked = damaged("the annex of event " + std::to_string(number.value) + ": " + checked.error().describe());
        }
        return checked.has_value();
    }));
    return checked;
}

/// The size before the last group: that of the head before the last one, or 0.
Result<TreeSize> size_before_last_group(const Suite& suite, const LogReader& log, TreeSize size) {
    // Groups are short: steps back that double find the head before the last one in a few reads.
    for (std::uint64_t back = 1;; back *= 2) {
        const std::uint64_t from = size.value - std::min(back, size.value);
        std::optional<ReleasedHead> before;
        ACTLEDGER_CHECK(log.visit_heads({from}, [&](const ReleasedHead& head) {
            if (head.size < size) before = head;
            return head.size < size;
        }));
        if (!before && from == 0) return TreeSize{0};
        if (!before) continue;
        ACTLEDGER_TRY(const SignedCheckpoint parsed, SignedCheckpoint::parse(before->note));
        ACTLEDGER_TRY(const Frontier frontier, Frontier::load(suite, before->size, log));
        if (parsed.checkpoint.head != frontier.head())
            return damaged("the head before the last group has another root");
        return before->size;
    }
}

/// Hashes the events from `before` on again, and compares with the stored nodes.
Result<LogTail> rebuild_from(const Suite& suite, const LogReader& log, TreeSize before, TreeSize size) {
    ACTLEDGER_TRY(Frontier frontier, Frontier::load(suite, before, log));
    Bytes expected;
    std::vector<Bytes> hashes;
    ACTLEDGER_CHECK(log.visit_nodes(next_of(before), size, [&](SequenceNumber, ByteView stored) {
        hashes.push_back(copy(stored));
        return true;
    }));
    std::vector<Digest> completed;
    Timestamp time;
    std::optional<Error> wrong;
    ACTLEDGER_CHECK(log.visit_events(next_of(before), size, [&](SequenceNumber number, ByteView event) {
        const auto position = peek_event(event);
        completed.clear();
        frontier.append(suite.hash_leaf(event), completed);
        expected.clear();
        for (const Digest& digest : completed)
            expected.insert(expected.end(), digest.bytes.begin(), digest.bytes.end());
        const std::string name = "event " + std::to_string(number.value);
        if (!position || position->sequence_number != number) {
            wrong = damaged(name + " is not well formed, or bears another number");
        } else if (!equal(expected, hashes[number.value - before.value])) {
            wrong = damaged(name + " does not have the hashes that are stored for it");
        } else {
            time = position->time;
        }
        return !wrong;
    }));
    if (wrong) return *wrong;
    return LogTail{&suite, std::move(frontier), time};
}

Result<LogTail> check(const LogEngine& log, const Origin& origin, const PublicKey& last_head_key) {
    ACTLEDGER_TRY(const TreeSize size, log.size());
    if (size.value == 0) return damaged("there is no event");
    ACTLEDGER_TRY(const Suite* const suite, suite_of(log));
    ACTLEDGER_TRY(const Checkpoint last, last_checkpoint(*suite, log, size, origin, last_head_key));
    ACTLEDGER_TRY(const Frontier stored, Frontier::load(*suite, size, log));
    if (stored.head() != last.head) return damaged("the last head has another root than the stored tree");
    const LogEdge edge = log.edge();
    ACTLEDGER_TRY(const TreeSize before, size_before_last_group(*suite, log, size));
    const TreeSize from{std::min({before.value, edge.events, edge.nodes})};
    ACTLEDGER_TRY(LogTail tail, rebuild_from(*suite, log, from, size));
    if (tail.frontier.head() != last.head) return damaged("the last group's events have another root than its head");
    ACTLEDGER_CHECK(check_heads_from(*suite, log, {edge.heads}, last.origin, last_head_key));
    ACTLEDGER_CHECK(check_annex_from(*suite, log, {edge.annex}, size));
    return tail;
}

}  // namespace

Result<LogTail> check_tail(const LogEngine& log, const Origin& origin, const PublicKey& last_head_key) {
    auto tail = check(log, origin, last_head_key);
    if (tail || tail.error().code == errc::log_unreadable || tail.error().code == errc::unknown_event_kind) return tail;
    // Whatever else it is, a note that cannot be parsed or a node that is missing: a writer of ours wrote all of it.
    const bool told = tail.error().code == errc::log_damaged && !tail.error().detail.empty();
    return Error{errc::log_damaged, told ? tail.error().detail : tail.error().describe(), {{"folder", log.name()}}};
}

}  // namespace ledger
