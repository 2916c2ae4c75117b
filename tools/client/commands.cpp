#include "tools/client/commands.hpp"

#include <cstdio>

#include "ledger/core/errc.hpp"
#include "tools/client/activator.hpp"
#include "tools/client/errc.hpp"
#include "tools/client/seat_report.hpp"
#include "tools/client/small_file.hpp"
#include "tools/terminal/errc.hpp"
#include "tools/terminal/terminal.hpp"

namespace client {
namespace {

constexpr int success = static_cast<int>(terminal::Exit::success);

int report(const Invocation& invocation, const ledger::Error& error) {
    return terminal::report("actledger-client", error, invocation.language);
}

/// All that an online command works with.
struct Equipment {
    std::vector<ledger::RawComponent> components;
    ledger::Certificate root;
};

ledger::Result<Equipment> equip(const Invocation& invocation) {
    ACTLEDGER_CHECK(check_complete(invocation.settings));
    ACTLEDGER_TRY(auto components, components_of(invocation));
    ACTLEDGER_TRY(auto root, load_vendor_root(invocation.settings.vendor_root));
    return Equipment{std::move(components), std::move(root)};
}

int tell(const Invocation& invocation, const Outcome& outcome, const SeatReport& seat) {
    std::fputs((invocation.form == OutputForm::json ? json_text(seat) : human_text(seat, invocation.language)).c_str(),
               stdout);
    std::fflush(stdout);
    if (outcome.notice) static_cast<void>(report(invocation, *outcome.notice));
    if (outcome.witness_failure) static_cast<void>(report(invocation, *outcome.witness_failure));
    return outcome.contradiction ? report(invocation, *outcome.contradiction) : success;
}

template <class Action>
int change(const Invocation& invocation, const std::atomic<bool>& stop, Action action) {
    const auto equipment = equip(invocation);
    if (!equipment) return report(invocation, equipment.error());
    Activator activator(invocation.settings, invocation.state, equipment->components, equipment->root,
                        invocation.language, HttpLimits{}, stop);
    const auto outcome = action(activator);
    if (!outcome) return report(invocation, outcome.error().error);
    if (const auto kept = keep_settings(invocation); !kept) return report(invocation, kept.error());
    const auto key = invocation.state.device_key();
    const auto spki = key && *key ? (*key)->spki() : ledger::Bytes();
    return tell(invocation, *outcome,
                {outcome->file, match_device(outcome->file, equipment->components, spki), wall_clock(),
                 invocation.state.has_evidence()});
}

}  // namespace

ledger::Result<void> check_complete(const Settings& settings) {
    if (settings.servers.empty()) return ledger::Error{errc::no_servers};
    if (settings.product.empty()) return ledger::Error{errc::no_product};
    if (settings.vendor_root.empty()) return ledger::Error{errc::no_vendor_root};
    return {};
}

ledger::Result<std::vector<ledger::RawComponent>> components_of(const Invocation& invocation) {
    if (!invocation.settings.components_file.empty()) return read_components_file(invocation.settings.components_file);
    auto found = collect_components(invocation.source);
    if (found.empty()) {
        return ledger::Error{errc::no_components, "", {{"root", invocation.source.system_root.string()}}};
    }
    return found;
}

ledger::Result<void> keep_settings(const Invocation& invocation) {
    if (!invocation.settings_file.empty()) return {};
    ACTLEDGER_TRY(const auto lock, invocation.state.lock(std::chrono::seconds(5)));
    return invocation.state.store_settings(settings_text(invocation.settings));
}

int activate(const Invocation& invocation, const std::atomic<bool>& stop) {
    return change(invocation, stop, [](Activator& activator) { return activator.activate(); });
}

int renew(const Invocation& invocation, const std::atomic<bool>& stop) {
    return change(invocation, stop, [](Activator& activator) { return activator.renew(); });
}

int status(const Invocation& invocation) {
    const auto text = invocation.state.activation();
    if (!text) {
        if (invocation.form == OutputForm::json) std::fputs("{\"state\":\"not_activated\"}\n", stdout);
        return report(invocation, {errc::not_activated, "", {{"folder", invocation.state.folder().string()}}});
    }
    if (invocation.settings.vendor_root.empty()) return report(invocation, {errc::no_vendor_root});
    const auto root = load_vendor_root(invocation.settings.vendor_root);
    if (!root) return report(invocation, root.error());
    const auto file = check_file(*text, *root);
    if (!file) {
        if (invocation.form == OutputForm::json) std::fputs("{\"state\":\"not_verified\"}\n", stdout);
        return report(invocation, file.error());
    }
    // Neither a key that this account may not read nor missing components keep a user from seeing the status.
    const auto key = invocation.state.device_key();
    const auto components = components_of(invocation);
    const auto match = match_device(*file, components ? *components : std::vector<ledger::RawComponent>(),
                                    key && *key ? (*key)->spki() : ledger::Bytes());
    const SeatReport seat{*file, match, wall_clock(), invocation.state.has_evidence()};
    std::fputs((invocation.form == OutputForm::json ? json_text(seat) : human_text(seat, invocation.language)).c_str(),
               stdout);
    std::fflush(stdout);
    if (const auto problem = shortcoming(seat)) return report(invocation, *problem);
    const auto& product = invocation.settings.product;
    if (!product.empty() && product != file->seat().product) {
        return report(invocation, {errc::product_other, "", {{"product", file->seat().product}, {"wanted", product}}});
    }
    return success;
}

int release(const Invocation& invocation, Confirmation confirmation, const std::atomic<bool>& stop) {
    const auto equipment = equip(invocation);
    if (!equipment) return report(invocation, equipment.error());
    if (confirmation == Confirmation::ask) {
        const bool chinese = invocation.language == ledger::Language::chinese;
        const auto question = chinese ? "释放后本机将不再处于激活状态。输入 yes 继续："
                                      : "After the release this machine is no longer activated. Type yes to go on: ";
        if (!terminal::confirm_typed(question, "yes")) return report(invocation, {terminal::errc::not_confirmed});
    }
    Activator activator(invocation.settings, invocation.state, equipment->components, equipment->root,
                        invocation.language, HttpLimits{}, stop);
    const auto released = activator.release();
    if (!released) return report(invocation, released.error().error);
    terminal::say(invocation.language, "The seat is released; this machine is no longer activated.",
                  "席位已释放；本机不再处于激活状态。");
    return success;
}

int verify(const Invocation& invocation, const std::filesystem::path& file) {
    const auto path = file.empty() ? invocation.state.activation_path() : file;
    if (invocation.settings.vendor_root.empty()) return report(invocation, {errc::no_vendor_root});
    const auto root = load_vendor_root(invocation.settings.vendor_root);
    if (!root) return report(invocation, root.error());
    const auto text = read_small_file(path);
    if (!text) return report(invocation, unreadable(path));
    const auto checked = check_file(*text, *root);
    if (!checked) return report(invocation, checked.error());
    const SeatReport seat{*checked, std::nullopt, wall_clock(), false};
    std::fputs((invocation.form == OutputForm::json ? json_text(seat) : human_text(seat, invocation.language)).c_str(),
               stdout);
    std::fflush(stdout);
    const auto problem = shortcoming(seat);
    return problem ? report(invocation, *problem) : success;
}

int show_components(const Invocation& invocation, Values values) {
    const auto components = components_of(invocation);
    if (!components) return report(invocation, components.error());
    for (const auto& component : *components) {
        const auto value = values == Values::shown ? component.value : masked(component.value);
        std::printf("%-14s %s\n", component.kind.c_str(), value.c_str());
    }
    return success;
}

}  // namespace client
