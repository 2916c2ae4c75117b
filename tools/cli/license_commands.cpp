#include <cstdio>

#include "api/commands/errc.hpp"
#include "hsm/token.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/license_file.hpp"
#include "ledger/license_file/license_request.hpp"
#include "ledger/license_file/revocation.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "tools/cli/invocation.hpp"
#include "tools/cli/pin_prompt.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/ledger_facts.hpp"

namespace cli {
namespace {

using ledger::Result;

constexpr std::size_t license_file_bytes_max = 1 << 20;

struct RequestOptions {
    std::string product;
    std::uint64_t quantity = 0;
    std::filesystem::path out;
};

/// Event 0 of the configured ledger.
Result<ledger::LedgerCreated> read_genesis(const config::Config& config) {
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(config.ledger.folder));
    ACTLEDGER_TRY(const ledger::Bytes first, log->event({0}));
    ACTLEDGER_TRY(ledger::Event event, ledger::decode_event(first));
    auto* genesis = std::get_if<ledger::LedgerCreated>(&event.body);
    if (genesis == nullptr) return ledger::Error{ledger::errc::log_damaged, "event 0 is not LedgerCreated"};
    return std::move(*genesis);
}

Result<void> make_request(Invocation& run, const RequestOptions& options) {
    if (!ledger::is_license_name(options.product)) return ledger::Error{api::commands::errc::product_malformed};
    ACTLEDGER_CHECK(check_request_place(options.out));
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(config.ledger.folder));
    ACTLEDGER_TRY(const node::Facts facts, node::read_facts(*log));
    ACTLEDGER_CHECK(node::check_not_cleared(facts));
    ACTLEDGER_TRY(const hsm::PinSource pin, pin_from_person(config, run.language()));
    ACTLEDGER_TRY(hsm::Options token_settings, node::ledger_token_options(config, facts, pin));
    ACTLEDGER_TRY(const auto token, hsm::Token::open(std::move(token_settings)));
    ACTLEDGER_CHECK(token->wait_ready(std::chrono::seconds(30)));
    ACTLEDGER_TRY(const std::string request,
                  ledger::make_license_request({facts.origin.server_id, options.product, options.quantity}, *token));
    ACTLEDGER_CHECK(write_file(options.out, request));
    run.say("The request is written. Send it to the vendor; asking again is harmless.",
            "申请文件已生成。请发送给厂商；重复申请没有影响。");
    return {};
}

void print_terms(Invocation& run, const ledger::LicenseTerms& terms) {
    const bool chinese = run.language() == ledger::Language::chinese;
    const auto line = [&](const char* english, const char* zh, const std::string& value) {
        std::printf("%s: %s\n", chinese ? zh : english, value.c_str());
    };
    line("licence", "授权编号", terms.license_id);
    line("product", "产品", terms.product);
    line("seats", "席位数", std::to_string(terms.quantity));
    line("issued at", "签发时间", ledger::time_text(terms.issued_at));
    line("valid from", "生效时间", ledger::time_text(terms.valid_from));
    line("valid to", "截止时间",
         terms.valid_to == ledger::no_end ? (chinese ? "长期有效" : "no end") : ledger::time_text(terms.valid_to));
    line("lease", "租期",
         terms.lease.perpetual ? (chinese ? "永久" : "perpetual")
                               : std::to_string(terms.lease.days) + (chinese ? " 天" : " days"));
    line("server", "服务器标识", terms.server_id);
    for (const auto& id : terms.supersedes) line("supersedes", "取代", id);
}

Result<void> show_license(Invocation& run, const std::filesystem::path& file) {
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    ACTLEDGER_TRY(const std::string bytes, read_file(file, license_file_bytes_max));
    ACTLEDGER_TRY(const ledger::LedgerCreated genesis, read_genesis(config));
    ACTLEDGER_TRY(const ledger::Certificate root, ledger::Certificate::from_der(genesis.vendor_root));
    ACTLEDGER_TRY(const ledger::VerifiedLicense license, ledger::verify_license(ledger::as_bytes(bytes), root));
    print_terms(run, license.terms);
    if (license.terms.server_id == genesis.server_id) {
        run.say("The signature is good, and it was made for this server.", "签名有效，且是为本服务器签发的。");
    } else {
        run.say("The signature is good, and it was made for ANOTHER server.", "签名有效，但它是为其他服务器签发的。");
    }
    return {};
}

void import_file(Invocation& run, const std::filesystem::path& file, const std::string& target,
                 std::string_view english, std::string_view chinese) {
    const auto bytes = read_file(file, license_file_bytes_max);
    if (!bytes) return run.fail(bytes.error());
    run.ask({"POST", target, *bytes, "application/octet-stream"}, [&](const auto&) { run.say(english, chinese); });
}

/// Seats that can still be given; none while the licence gives none.
std::string free_seats(const boost::json::object& row) {
    const auto number = [&](const char* name) {
        const auto* value = row.if_contains(name);
        return value != nullptr && value->is_number() ? value->to_number<std::uint64_t>() : 0;
    };
    if (show(row, "valid_now") != "true") return "0";
    const std::uint64_t quantity = number("quantity");
    return std::to_string(quantity - std::min(quantity, number("used")));
}

void list(Invocation& run) {
    run.ask({"GET", "/v1/admin/licenses", {}}, [&](const auto& answer) {
        const auto* licenses = answer.if_contains("licenses");
        if (licenses == nullptr || !licenses->is_array()) return;
        std::printf("%-24s %-20s %-11s %9s %9s %9s %9s %9s  %s\n", "licence", "product", "status", "held", "unclaimed",
                    "kept", "free", "seats", "valid to");
        for (const auto& license : licenses->get_array()) {
            const auto& row = license.as_object();
            std::printf("%-24s %-20s %-11s %9s %9s %9s %9s %9s  %s\n", show(row, "license_id").c_str(),
                        show(row, "product").c_str(), show(row, "status").c_str(), show(row, "held").c_str(),
                        show(row, "unclaimed").c_str(), show(row, "legacy_reserved").c_str(), free_seats(row).c_str(),
                        show(row, "quantity").c_str(), show(row, "valid_to").c_str());
        }
    });
}

}  // namespace

void add_license_commands(CLI::App& app, Invocation& run) {
    auto* license =
        app.add_subcommand("license", "Licences: request, show, import, list; and the vendor's revocations");
    license->require_subcommand(1);

    auto options = std::make_shared<RequestOptions>();
    auto* request = license->add_subcommand("request", "Write a request file, signed by the HSM, for the vendor");
    request->add_option("--product", options->product, "What is asked for")->required();
    request->add_option("--quantity", options->quantity, "How many seats")
        ->required()
        ->check(CLI::Range(std::uint64_t{1}, ledger::license_quantity_max));
    request->add_option("--out", options->out, "The file to write")->required();
    request->callback([&run, options] {
        if (const auto made = make_request(run, *options); !made) run.fail(made.error());
    });

    auto file = std::make_shared<std::filesystem::path>();
    auto* show_command = license->add_subcommand("show", "Say what a .lic grants, and whether its signature is good");
    show_command->add_option("file", *file, "The .lic file")->required();
    show_command->callback([&run, file] {
        if (const auto shown = show_license(run, *file); !shown) run.fail(shown.error());
    });

    auto* import_command =
        license->add_subcommand("import", "Take a .lic into the ledger. The same one again changes nothing");
    import_command->add_option("file", *file, "The .lic file, as it came: it never needs editing")->required();
    import_command->callback([&run, file] {
        import_file(run, *file, "/v1/admin/licenses", "The licence is in the ledger.", "授权数量文件已记入账本。");
    });

    auto* revoke = license->add_subcommand("import-revocation", "Take the vendor's revocation (.rev) into the ledger");
    revoke->add_option("file", *file, "The .rev file")->required();
    revoke->callback([&run, file] {
        import_file(run, *file, "/v1/admin/revocations", "The revocation is in the ledger.", "吊销文件已记入账本。");
    });

    license->add_subcommand("list", "List the licences and their seats")->callback([&run] { list(run); });
}

}  // namespace cli
