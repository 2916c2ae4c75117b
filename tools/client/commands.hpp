#pragma once
// tools/client/commands.hpp: the subcommands. Each speaks to the person and returns the exit code (terminal::Exit).

#include <atomic>
#include <filesystem>
#include <string>

#include "tools/client/component_collector.hpp"
#include "tools/client/settings.hpp"
#include "tools/client/state_folder.hpp"

namespace client {

enum class OutputForm { human, json };

/// What the command line and the settings file come to.
struct Invocation {
    Settings settings;
    StateFolder state;
    ComponentSource source;
    ledger::Language language;
    OutputForm form = OutputForm::human;
    std::filesystem::path settings_file;  ///< Empty: there is none yet.
};

enum class Values { masked, shown };
enum class Confirmation { ask, given };

/// POST /v1/activations. Keeps the settings in the state folder if no settings file was read.
int activate(const Invocation& invocation, const std::atomic<bool>& stop);
/// Offline: the stored file, held against root, this machine and today.
int status(const Invocation& invocation);
int renew(const Invocation& invocation, const std::atomic<bool>& stop);
int release(const Invocation& invocation, Confirmation confirmation, const std::atomic<bool>& stop);
/// Offline: any activation file against the root. @param file  empty: the stored one.
int verify(const Invocation& invocation, const std::filesystem::path& file);
/// What would be sent.
int show_components(const Invocation& invocation, Values values);

/// This machine's components, or the file's that the settings name. @return errc::no_components
[[nodiscard]] ledger::Result<std::vector<ledger::RawComponent>> components_of(const Invocation& invocation);

/// What a network command needs: servers, product and root. @return errc::no_servers, no_product, no_vendor_root
[[nodiscard]] ledger::Result<void> check_complete(const Settings& settings);

/// After a success: later commands need no options then. Nothing to do if a settings file was read.
/// @return errc::state_busy, state_unusable
[[nodiscard]] ledger::Result<void> keep_settings(const Invocation& invocation);

}  // namespace client
