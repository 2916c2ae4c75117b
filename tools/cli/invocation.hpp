#pragma once
// tools/cli/invocation.hpp: what all commands of `actledger` share: the global options, the language, and how a command
// ends.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ledger/core/certificate.hpp"
#include "tools/cli/admin_client.hpp"
#include "tools/config/config.hpp"
#include "tools/terminal/terminal.hpp"

namespace cli {

/// One run of the program. Commands are CLI11 callbacks that set `exit_code`.
struct Invocation {
    std::filesystem::path config_file = "/etc/actledger/actledgerd.toml";
    std::string language_tag;
    bool json = false;
    int exit_code = 0;
    std::vector<std::string> command;  ///< As it was typed, word by word.

    [[nodiscard]] ledger::Language language() const { return terminal::choose_language(language_tag); }
    /// From then on, damaged pages of its ledger end the program with a code (ledger/store_read/page_fault.hpp).
    [[nodiscard]] ledger::Result<config::Config> load_config() const;
    /// For what writes to token, anchor folder or ledger itself. @return also node::errc::other_account
    [[nodiscard]] ledger::Result<config::Config> load_config_to_write() const;
    void say(std::string_view english, std::string_view chinese) const { terminal::say(language(), english, chinese); }
    void fail(const ledger::Error& error) { exit_code = terminal::report("actledger", error, language()); }

    /// The running server, else the ledger itself, opened for this command.
    [[nodiscard]] ledger::Result<std::unique_ptr<AdminClient>> open_admin();
    /// Sends, reports what went wrong, and hands a success to `show` (or prints its JSON with --json).
    void ask(const AdminRequest& request, const std::function<void(const boost::json::object&)>& show);
};

/// A file's bytes. @return terminal::errc::file_unreadable
[[nodiscard]] ledger::Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);
/// A certificate's file, PEM or DER. @return terminal::errc::file_unreadable, ledger::errc::certificate_malformed (the
///                                           detail names the file)
[[nodiscard]] ledger::Result<ledger::Certificate> read_certificate(const std::filesystem::path& path);
/// What write_file does to a file that is there. One of the same kind begins with the same line, or is empty.
enum class Existing { only_same_kind, replaced };
/// Writes a new file beside and renames it into place, durably.
/// @return errc::file_of_other_kind; terminal::errc::file_unwritable
[[nodiscard]] ledger::Result<void> write_file(const std::filesystem::path& path, std::string_view bytes,
                                              Existing existing = Existing::only_same_kind);
/// Whether write_file will take a file that begins with this line there: asked before anything is made for it.
/// @return as write_file
[[nodiscard]] ledger::Result<void> check_place(const std::filesystem::path& path, std::string_view first_line);
/// A file that is there is a plain one and empty, or begins with one of these texts.
/// @return errc::file_of_other_kind; terminal::errc::file_unwritable
[[nodiscard]] ledger::Result<void> check_beginning(const std::filesystem::path& path,
                                                   std::initializer_list<std::string_view> beginnings);
/// Whether write_file will take a request there: asked before anything is made for it. @return as write_file
[[nodiscard]] ledger::Result<void> check_request_place(const std::filesystem::path& path);

void add_activation_commands(CLI::App& app, Invocation& run);
void add_annex_commands(CLI::App& app, Invocation& run);
void add_enrolment_commands(CLI::App& app, Invocation& run);
void add_export_command(CLI::App& app, Invocation& run);
void add_hsm_commands(CLI::App& app, Invocation& run);
/// @param hsm  the command `hsm`, in all three.
void add_hsm_check_command(CLI::App& hsm, Invocation& run);
void add_hsm_clear_command(CLI::App& hsm, Invocation& run);
void add_hsm_replace_command(CLI::App& hsm, Invocation& run);
void add_hsm_rotate_command(CLI::App& hsm, Invocation& run);
void add_legacy_commands(CLI::App& app, Invocation& run);
void add_license_commands(CLI::App& app, Invocation& run);
void add_log_key_commands(CLI::App& app, Invocation& run);
void add_recover_command(CLI::App& app, Invocation& run);
void add_recover_subcommands(CLI::App& recover, Invocation& run);  ///< Of a ledger in service again.
void add_report_command(CLI::App& app, Invocation& run);
void add_restore_command(CLI::App& app, Invocation& run);
void add_secrets_commands(CLI::App& app, Invocation& run);
void add_setting_commands(CLI::App& app, Invocation& run);
void add_state_commands(CLI::App& app, Invocation& run);
void add_status_command(CLI::App& app, Invocation& run);
void add_time_commands(CLI::App& app, Invocation& run);

/// A member of an answer as text, whatever its type; "–" if it is not there.
[[nodiscard]] std::string show(const boost::json::object& object, std::string_view name);

}  // namespace cli
