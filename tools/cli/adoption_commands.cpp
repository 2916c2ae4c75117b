// `actledger recover import|pending|approve|refuse|free`: what people do about seats that a loss left open.

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "ledger/core/activation_file.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/utf8.hpp"
#include "tools/cli/authority.hpp"
#include "tools/cli/errc.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Result;

struct FileResult {
    std::string path;
    std::string outcome;  ///< "adopted", "unchanged", "pending", "refused", "unreadable"
    std::string code;     ///< Of a refusal.
    std::string detail;
};

/// The files named, and all in the folders named, each once. In a folder links are passed over: they may lead anywhere.
Result<std::vector<fs::path>> collect(const std::vector<fs::path>& named) {
    std::vector<fs::path> files;
    for (const fs::path& path : named) {
        std::error_code failed;
        if (!fs::is_directory(path, failed)) {
            files.push_back(path);
            continue;
        }
        fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied, failed);
        for (const fs::recursive_directory_iterator end; !failed && entry != end; entry.increment(failed)) {
            std::error_code gone;  // since it was listed
            if (entry->is_regular_file(gone) && !entry->is_symlink(gone)) files.push_back(entry->path());
        }
        if (failed) {
            return Error{terminal::errc::file_unreadable, {}, {{"path", path.string()}, {"reason", failed.message()}}};
        }
    }
    std::ranges::sort(files);
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files;
}

std::string text_of(const boost::json::value& object, std::string_view name) {
    const auto* const found = object.is_object() ? object.get_object().if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// @return what stops everything: the server does not answer
Result<FileResult> import_one(AdminClient& admin, const fs::path& path) {
    FileResult result{path.string(), "unreadable", {}, {}};
    const auto file = read_file(path, ledger::activation_file_bytes_max);
    if (!file) {
        result.code = file.error().stable_code();
        return result;
    }
    if (!ledger::is_plain_utf8(*file)) {
        result.outcome = "refused";
        result.code = Error{ledger::errc::malformed_activation_file}.stable_code();
        return result;
    }
    ACTLEDGER_TRY(const AdminAnswer answer,
                  admin.send({"POST", "/v1/admin/recovery/adoptions", with_authority({{"file", *file}})}));
    constexpr unsigned first_refusal = 400;
    constexpr unsigned first_failure = 500;
    if (answer.status >= first_failure) {
        return Error{
            errc::server_unreachable, {}, {{"socket", "/v1/admin"}, {"reason", text_of(answer.body, "detail")}}};
    }
    if (answer.status >= first_refusal) {
        result.outcome = "refused";
        result.code = text_of(answer.body, "code");
        result.detail = text_of(answer.body, "detail");
        return result;
    }
    result.outcome = text_of(answer.body, "outcome");
    result.detail = text_of(answer.body, "activation_id");
    return result;
}

/// A file's name may hold anything, and whoever collected the files did not choose it.
void print(const FileResult& result) {
    std::printf("%s\t%s\t%s\n", result.outcome.c_str(), ledger::as_one_line(result.path).c_str(),
                result.code.empty() ? result.detail.c_str() : result.code.c_str());
}

boost::json::object json_of(const FileResult& result) {
    const std::string path = ledger::is_plain_utf8(result.path) ? result.path : ledger::as_one_line(result.path);
    boost::json::object object{{"file", path}, {"outcome", result.outcome}};
    if (!result.code.empty()) object["code"] = result.code;
    if (!result.detail.empty()) object[result.code.empty() ? "activation_id" : "detail"] = result.detail;
    return object;
}

Result<void> import_files(Invocation& run, const std::vector<fs::path>& named) {
    ACTLEDGER_TRY(const std::vector<fs::path> files, collect(named));
    if (files.empty()) return Error{errc::recover_no_files};
    ACTLEDGER_CHECK(prove_authority(run, "adopt " + std::to_string(files.size()) + " files"));
    ACTLEDGER_TRY(const auto admin, run.open_admin());
    boost::json::array results;
    std::size_t refused = 0;
    {
        terminal::Progress progress(run.language() == ledger::Language::chinese ? "认领" : "adopting", files.size());
        for (std::size_t i = 0; i < files.size(); ++i) {
            ACTLEDGER_TRY(const FileResult result, import_one(*admin, files[i]));
            if (result.outcome == "refused" || result.outcome == "unreadable") ++refused;
            if (run.json) {
                results.push_back(json_of(result));
            } else {
                print(result);
            }
            progress.advance_to(i + 1);
        }
    }
    if (run.json) {
        const boost::json::object answer{{"files", std::move(results)}};
        std::printf("%s\n", ledger::escape_json_controls(boost::json::serialize(answer)).c_str());
    }
    if (refused == 0) return {};
    return Error{errc::recover_files_unread,
                 {},
                 {{"refused", std::to_string(refused)}, {"files", std::to_string(files.size())}}};
}

void show_pending(const boost::json::object& answer) {
    const auto* const list = answer.if_contains("pending");
    if (list == nullptr || !list->is_array()) return;
    for (const auto& one : list->get_array()) {
        if (!one.is_object()) continue;
        const auto& object = one.get_object();
        std::printf("%s\t%s\t%s\t%s/%s\n", show(object, "activation_id").c_str(), show(object, "license_id").c_str(),
                    show(object, "product").c_str(), show(object, "incarnation").c_str(),
                    show(object, "index").c_str());
    }
}

void add_settlement(CLI::App& recover, Invocation& run, const char* decision, const char* help) {
    auto id = std::make_shared<std::string>();
    auto* command = recover.add_subcommand(decision, help);
    command->add_option("activation", *id, "Its id, as `actledger recover pending` shows it")->required();
    command->callback([&run, id, decision] {
        const std::string sentence = std::string(decision) + " " + *id;
        if (const auto proven = prove_authority(run, sentence); !proven) return run.fail(proven.error());
        run.ask({"POST", "/v1/admin/recovery/pending/" + path_segment(*id), with_authority({{"decision", decision}})},
                [&](const auto&) { run.say("The decision is in the ledger.", "决定已记入账本。"); });
    });
}

}  // namespace

void add_recover_subcommands(CLI::App& recover, Invocation& run) {
    recover.require_subcommand(0, 1);
    auto files = std::make_shared<std::vector<fs::path>>();
    auto* adopt = recover.add_subcommand(
        "import", "Adopt activation files that were collected: files, or folders with all in them; safe to repeat");
    adopt->add_option("files", *files, "Files and folders")->required();
    adopt->callback([&run, files] {
        if (const auto done = import_files(run, *files); !done) run.fail(done.error());
    });

    recover.add_subcommand("pending", "What was proven and waits for an administrator")->callback([&run] {
        run.ask({"GET", "/v1/admin/recovery/pending", {}}, show_pending);
    });
    add_settlement(recover, run, "approve", "Adopt what waits, also beyond the licence; asks for the HSM's PIN");
    add_settlement(recover, run, "refuse", "Refuse what waits; asks for the HSM's PIN");

    auto license = std::make_shared<std::string>();
    auto seats = std::make_shared<std::uint64_t>(0);
    auto* free = recover.add_subcommand("free", "Free seats that nobody claimed; asks for the HSM's PIN");
    free->add_option("license", *license, "The licence's id")->required();
    free->add_option("--seats", *seats, "How many; all if not given")->check(CLI::PositiveNumber);
    free->callback([&run, license, seats] {
        const std::string how_many = *seats == 0 ? "all" : std::to_string(*seats);
        if (const auto proven = prove_authority(run, "free " + how_many + " of " + *license); !proven) {
            return run.fail(proven.error());
        }
        boost::json::object body{{"license_id", *license}};
        if (*seats != 0) body["seats"] = *seats;
        run.ask({"POST", "/v1/admin/recovery/freeings", with_authority(std::move(body))},
                [&](const auto&) { run.say("The seats are free.", "席位已释放。"); });
    });
}

}  // namespace cli
