// The bodies and queries that the API reads: whatever is sent, each reader takes it or says which code it is refused
// by.
#include "api/handlers/admin_input.hpp"
#include "api/handlers/seat_input.hpp"
#include "api/problem.hpp"
#include "tests/fuzz/edited.hpp"

namespace {

constexpr std::string_view activation =
    R"({"product":"vdi","device":{"name":"PC \u4e2d","components":[{"kind":"mac","value":"02:00:00:00:00:01"},)"
    R"({"kind":"machine_id","value":"0123456789abcdef"}],"public_key":"AAECAwQ="},"checkpoint":"note","adopt":"file"})";
constexpr std::string_view settlement = R"({"decision":"approve","authority":"hsm_pin_and_typed_confirmation"})";
constexpr std::string_view freeing = R"({"license_id":"L-1","seats":12,"authority":"local_account"})";
constexpr std::string_view collected = R"({"file":"c2sp.org/tlog-proof@v1\n","authority":"local_account"})";
constexpr std::string_view shown =
    R"({"checkpoint":"note","certificates":["MIIBAzCBqgIBATAKBggqhkjOPQQDAjAA","AAEC"]})";
constexpr std::string_view renewal = R"({"device":{"components":[{"kind":"mac","value":"1"}]},"checkpoint":"note"})";
constexpr std::string_view enrolment_key = R"({"pool":"floor 3","expires_at":"2027-01-31T00:00:00Z"})";
constexpr std::string_view kept_key =
    R"({"digest":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","reader":"auditor"})";

bool has_status(const ledger::Error& error) {
    for (const auto& entry : api::problem_statuses()) {
        if (entry.code == error.stable_code()) return true;
    }
    return false;
}

template <class Read>
void check(std::string_view text, const Read& read) {
    const auto result = read(text);
    // A refusal without a status of its own would be an internal error.
    ACTLEDGER_ASSERT(result || has_status(result.error()));
}

void check_all(std::string_view text) {
    check(text, api::parse_activate_seat);
    check(text, api::parse_renew_seat);
    check(text, api::parse_checkpoint_body);
    check(text, [](std::string_view body) { return api::parse_access_key(body, "pool"); });
    check(text, [](std::string_view body) { return api::parse_kept_key(body, "reader"); });
    check(text, api::parse_setting);
    check(text, api::parse_operator);
    check(text, api::parse_collected_file);
    check(text, api::parse_settlement);
    check(text, api::parse_freeing);
    check(text, api::parse_report);
    check(text, api::parse_key_id);
    check(text, api::parse_sequence_number);
    check(text, api::parse_page);
}

void check_edited(std::string_view good, std::span<const std::uint8_t> edits) {
    const auto bytes = fuzz::edited({good.begin(), good.end()}, edits);
    check_all({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_all({reinterpret_cast<const char*>(data), size});
    for (const std::string_view good :
         {activation, shown, renewal, enrolment_key, kept_key, settlement, freeing, collected})
        check_edited(good, {data, size});
    return 0;
}
