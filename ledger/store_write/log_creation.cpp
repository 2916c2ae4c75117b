#include "ledger/store_write/log_creation.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/store_write/group_builder.hpp"
#include "ledger/store_write/log_staging.hpp"

namespace ledger {

Result<ReleasedHead> create_log(const std::filesystem::path& folder, const Origin& origin,
                                std::span<const EventDraft> first, Timestamp time, Signer& signer) {
    ACTLEDGER_TRY(auto lock, FolderLock::take(folder));
    return create_log(std::move(lock), origin, first, time, signer);
}

Result<ReleasedHead> create_log(std::shared_ptr<FolderLock> lock, const Origin& origin,
                                std::span<const EventDraft> first, Timestamp time, Signer& signer) {
    ACTLEDGER_ASSERT(!first.empty());
    const auto* created = std::get_if<LedgerCreated>(&first.front().body);
    ACTLEDGER_ASSERT(created != nullptr);
    const Suite* suite = find_suite(created->suite);
    ACTLEDGER_ASSERT(suite != nullptr);

    ACTLEDGER_TRY(StagedLog log, StagedLog::begin(std::move(lock), StagedLog::Existing::refused));
    GroupBuilder builder(*suite, origin, Frontier(*suite));
    ACTLEDGER_TRY(const auto events, builder.add({first.begin(), first.end()}, time));
    ACTLEDGER_TRY(const auto group, builder.close().sign(signer));

    std::uint64_t bytes = 0;
    for (const StoredEvent& event : group->events()) bytes += event.event.size() + event.annex.size();
    ACTLEDGER_CHECK(log.engine().check_room(group->events().size(), bytes));
    ACTLEDGER_CHECK(log.engine().append({0}, group->events(), group->head()));
    ACTLEDGER_CHECK(log.put_in_place());
    return group->head();
}

}  // namespace ledger
