// `actledger secrets`: what lies on this machine of secrets outside ledger and token: backed up under a passphrase, and
// put back.

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/license_file/private_key.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "tools/cli/errc.hpp"
#include "tools/cli/kept_keys.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Result;

/// Wiped at its end.
struct Passphrase {
    explicit Passphrase(std::string typed) : text(std::move(typed)) {}
    Passphrase(Passphrase&& other) noexcept : text(std::move(other.text)) { other.wipe(); }
    Passphrase& operator=(Passphrase&&) = delete;
    ~Passphrase() { wipe(); }
    void wipe() {
        text.resize(text.capacity());
        OPENSSL_cleanse(text.data(), text.size());
        text.clear();
    }
    std::string text;
};

enum class Asking { once, twice };

Result<Passphrase> passphrase_in(const fs::path& file) {
    ACTLEDGER_TRY(std::string text, read_file(file, ledger::passphrase_bytes_max + 2));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    Passphrase found(std::move(text));
    const bool one_line = !found.text.empty() && found.text.size() <= ledger::passphrase_bytes_max &&
                          found.text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
    if (!one_line) return Error{errc::passphrase_file, {}, {{"path", file.string()}}};
    return found;
}

Result<Passphrase> read_passphrase(const Invocation& run, const fs::path& file, Asking asking) {
    const bool chinese = run.language() == ledger::Language::chinese;
    const auto ask = [&](const char* english, const char* in_chinese) -> Result<Passphrase> {
        ACTLEDGER_TRY(std::string typed, terminal::prompt_secret(chinese ? in_chinese : english));
        return Passphrase(std::move(typed));
    };
    ACTLEDGER_TRY(Passphrase passphrase,
                  file.empty() ? ask("Passphrase of the backup: ", "备份口令：") : passphrase_in(file));
    if (asking == Asking::once) return passphrase;
    if (passphrase.text.size() < ledger::passphrase_bytes_min) {
        return Error{errc::passphrase_short, {}, {{"minimum", std::to_string(ledger::passphrase_bytes_min)}}};
    }
    if (file.empty()) {
        ACTLEDGER_TRY(const Passphrase again, ask("The same passphrase again: ", "请再次输入口令："));
        if (again.text != passphrase.text) return Error{errc::passphrases_differ};
    }
    return passphrase;
}

/// Where a secret lies on the machine that has this configuration; empty: nowhere.
fs::path place_of(SecretRole role, const config::Config& config) {
    const bool own_tls = config.http.tls_certificate.empty();
    switch (role) {
        case SecretRole::configuration:
            return config.file;
        case SecretRole::hsm_pin:
            return config.hsm.pin_file;
        case SecretRole::tls_certificate:
            return own_tls ? config.ledger.folder / "tls/tls.crt" : config.http.tls_certificate;
        case SecretRole::tls_key:
            return own_tls ? config.ledger.folder / "tls/tls.key" : config.http.tls_key;
    }
    return {};
}

mode_t mode_of(SecretRole role) {
    if (role == SecretRole::tls_certificate) return 0644;
    return role == SecretRole::configuration ? 0640 : 0600;
}

constexpr std::array all_roles{SecretRole::configuration, SecretRole::hsm_pin, SecretRole::tls_certificate,
                               SecretRole::tls_key};

/// Event 0 names the server.
Result<std::string> server_id_of(const fs::path& folder) {
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(folder));
    ACTLEDGER_TRY(const ledger::Bytes stored, log->event({0}));
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(stored));
    const auto* created = std::get_if<ledger::LedgerCreated>(&event.body);
    if (created == nullptr) return Error{ledger::errc::log_damaged, "event 0", {{"folder", folder.string()}}};
    return created->server_id;
}

Error unwritable(const fs::path& path, int error_number) {
    return {terminal::errc::file_unwritable, {}, {{"path", path.string()}, {"reason", std::strerror(error_number)}}};
}

/// An empty name has none, nor has a relative one in a working directory that was removed.
Result<fs::path> whole_path(const fs::path& path) {
    std::error_code failed;
    fs::path whole = fs::absolute(path, failed);
    if (failed) return unwritable(path, failed.value());
    return whole;
}

/// Makes what is missing of `folder`. What root makes belongs to whoever owns the folder above it: the service has to
/// read it, and to make its ledger there.
Result<void> make_folder(const fs::path& folder) {
    std::error_code failed;
    if (folder.empty() || fs::exists(folder, failed)) return {};
    ACTLEDGER_CHECK(make_folder(folder.parent_path()));
    struct stat above {};
    if (::mkdir(folder.c_str(), 0755) != 0) return unwritable(folder, errno);
    if (::geteuid() != 0 || !folder.has_parent_path()) return {};
    if (::stat(folder.parent_path().c_str(), &above) != 0 || ::chown(folder.c_str(), above.st_uid, above.st_gid) != 0) {
        return unwritable(folder, errno);
    }
    return {};
}

/// Beside it, synced and renamed into place; owned by whoever owns the folder, so that the service can read it.
Result<void> put_in_place(const fs::path& path, std::string_view content, mode_t mode) {
    ACTLEDGER_CHECK(make_folder(path.parent_path()));
    const fs::path fresh = path.string() + ".new";
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return unwritable(path, errno);
    struct stat folder {};
    bool good = ::fchmod(fd, mode) == 0;
    if (::geteuid() == 0 && ::stat(path.parent_path().c_str(), &folder) == 0) {
        good = good && ::fchown(fd, folder.st_uid, folder.st_gid) == 0;
    }
    while (good && !content.empty()) {
        const ssize_t n = ::write(fd, content.data(), content.size());
        if (n < 0 && errno == EINTR) continue;
        good = n > 0;
        if (good) content.remove_prefix(static_cast<std::size_t>(n));
    }
    good = good && ::fsync(fd) == 0;
    const int write_error = errno;
    ::close(fd);
    if (good && ::rename(fresh.c_str(), path.c_str()) == 0) {
        const int parent = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const bool synced = parent >= 0 && ::fsync(parent) == 0;
        const int sync_error = errno;
        if (parent >= 0) ::close(parent);
        return synced ? Result<void>() : unwritable(path, sync_error);
    }
    const int error_number = good ? errno : write_error;
    ::unlink(fresh.c_str());
    return unwritable(path, error_number);
}

void print_list(const Invocation& run, const Secrets& secrets) {
    if (run.json) {
        boost::json::array files;
        for (const Secret& file : secrets.files)
            files.push_back({{"role", name_of(file.role)}, {"bytes", file.content.size()}});
        boost::json::object answer{{"server_id", secrets.server_id},
                                   {"made_at", ledger::time_text_seconds(secrets.made_at)},
                                   {"files", std::move(files)}};
        add_keys(answer, secrets);
        std::printf("%s\n", boost::json::serialize(answer).c_str());
        return;
    }
    std::printf("%s\n%s\n", secrets.server_id.c_str(), ledger::time_text_seconds(secrets.made_at).c_str());
    for (const Secret& file : secrets.files) {
        std::printf("  %-16s %6zu bytes\n", std::string(name_of(file.role)).c_str(), file.content.size());
    }
    print_keys(secrets);
}

Result<void> back_up(Invocation& run, const fs::path& file, const fs::path& passphrase_file) {
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    ACTLEDGER_TRY(const fs::path target, whole_path(file));
    std::error_code failed;
    if (fs::exists(file, failed)) return Error{errc::secrets_backup_there, {}, {{"path", file.string()}}};
    Secrets secrets;
    ACTLEDGER_TRY(secrets.server_id, server_id_of(config.ledger.folder));
    ACTLEDGER_CHECK(take_keys(config.ledger.folder, secrets));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    secrets.made_at = {std::chrono::duration_cast<std::chrono::seconds>(now).count() * 1'000'000};
    for (const SecretRole role : all_roles) {
        const fs::path place = place_of(role, config);
        if (place.empty()) continue;
        const bool there = fs::exists(place, failed);
        // What is not there is not in the list either; what cannot be looked at is not passed over.
        if (failed)
            return Error{terminal::errc::file_unreadable, {}, {{"path", place.string()}, {"reason", failed.message()}}};
        if (!there) continue;
        ACTLEDGER_TRY(std::string content, read_file(place, secret_bytes_max));
        if (!content.empty()) secrets.files.push_back({role, std::move(content)});
    }
    ACTLEDGER_TRY(const Passphrase passphrase, read_passphrase(run, passphrase_file, Asking::twice));
    const ledger::Bytes sealed = seal_secrets(secrets, passphrase.text);
    ACTLEDGER_CHECK(put_in_place(target, ledger::as_text(sealed), 0600));
    print_list(run, secrets);
    return {};
}

Result<Secrets> open_file(const Invocation& run, const fs::path& file, const fs::path& passphrase_file) {
    ACTLEDGER_TRY(const std::string bytes, read_file(file, secrets_file_bytes_max));
    ACTLEDGER_TRY(const Passphrase passphrase, read_passphrase(run, passphrase_file, Asking::once));
    return open_secrets(ledger::as_bytes(bytes), passphrase.text);
}

struct RestoreOptions {
    fs::path file;
    fs::path passphrase_file;
    std::vector<std::string> only;
    bool replace = false;
    std::vector<std::string> except;
};

/// This machine's configuration, or the backup's, which is then put in its place.
Result<config::Config> config_for(const Invocation& run, const Secrets& secrets) {
    std::error_code failed;
    const Secret* const kept = secrets.find(SecretRole::configuration);
    if (fs::exists(run.config_file, failed) || kept == nullptr) return run.load_config();
    ACTLEDGER_TRY(const fs::path place, whole_path(run.config_file));
    return config::parse(kept->content, place);
}

/// @return errc::secrets_other_server; ledger::errc::log_not_found; what reading event 0 returns
Result<void> check_server(const Secrets& secrets, const config::Config& config) {
    ACTLEDGER_TRY(const std::string here, server_id_of(config.ledger.folder));
    if (here == secrets.server_id) return {};
    return Error{errc::secrets_other_server, {}, {{"found", secrets.server_id}, {"here", here}}};
}

Result<void> put_keys_back(Invocation& run, const RestoreOptions& options) {
    ACTLEDGER_TRY(const Secrets secrets, open_file(run, options.file, options.passphrase_file));
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    ACTLEDGER_CHECK(check_server(secrets, config));
    return restore_keys(run, secrets, options.except);
}

Result<void> put_back(Invocation& run, const RestoreOptions& options) {
    ACTLEDGER_TRY(const Secrets secrets, open_file(run, options.file, options.passphrase_file));
    ACTLEDGER_TRY(const config::Config config, config_for(run, secrets));
    const auto same = check_server(secrets, config);  // a machine without a ledger yet takes any
    if (!same && same.error().code != ledger::errc::log_not_found) return same.error();
    struct Job {
        const Secret* secret;
        fs::path place;
    };
    std::vector<Job> jobs;
    Secrets done = secrets;
    done.files.clear();
    done.enrolment_keys.clear();
    done.log_keys.clear();
    for (const Secret& secret : secrets.files) {
        const bool wanted =
            options.only.empty() || std::ranges::find(options.only, name_of(secret.role)) != options.only.end();
        const fs::path place = place_of(secret.role, config);
        if (!wanted || place.empty()) continue;
        done.files.push_back(secret);
        std::error_code failed;
        if (fs::exists(place, failed)) {
            const auto there = read_file(place, secret_bytes_max);
            if (there && *there == secret.content) continue;
            if (!options.replace) return Error{errc::secrets_place_taken, {}, {{"path", place.string()}}};
        }
        jobs.push_back({&secret, place});
    }
    if (done.files.empty()) {
        std::string roles;
        for (const std::string& role : options.only) roles += (roles.empty() ? "" : ", ") + role;
        return Error{errc::secrets_nothing, {}, {{"roles", roles.empty() ? "-" : roles}}};
    }
    for (const Job& job : jobs)
        ACTLEDGER_CHECK(put_in_place(job.place, job.secret->content, mode_of(job.secret->role)));
    print_list(run, done);
    if (!run.json && !(secrets.enrolment_keys.empty() && secrets.log_keys.empty())) {
        run.say(
            "If the log was lost (rows C and F), put the keys of pools and readers back once the ledger goes on: "
            "`actledger secrets restore-keys`.",
            "如果日志已丢失（C、F 两行），请在账本继续之后恢复桌面池和读取者的密钥：`actledger secrets "
            "restore-keys`。");
    }
    return {};
}

}  // namespace

void add_secrets_commands(CLI::App& app, Invocation& run) {
    auto* secrets = app.add_subcommand(
        "secrets",
        "Secrets (configuration, PIN file, TLS key, enrolment and log keys): encrypted backup under a passphrase");
    secrets->require_subcommand(1);
    auto options = std::make_shared<RestoreOptions>();
    const auto add = [&](const char* name, const char* what, const char* file_what) {
        auto* command = secrets->add_subcommand(name, what);
        command->add_option("file", options->file, file_what)->required();
        command->add_option("--passphrase-file", options->passphrase_file,
                            "File with the passphrase in one line; else it is asked for");
        return command;
    };
    add("backup", "Write them to a new file", "A new file")->callback([&run, options] {
        if (const auto done = back_up(run, options->file, options->passphrase_file); !done) run.fail(done.error());
    });
    add("show", "Say what a backup holds, not the secrets themselves", "The backup")->callback([&run, options] {
        const auto opened = open_file(run, options->file, options->passphrase_file);
        if (!opened) return run.fail(opened.error());
        print_list(run, *opened);
    });
    auto* restore = add("restore", "Put them in the places that the configuration names", "The backup");
    restore->add_option("--only", options->only, "configuration, hsm_pin, tls_certificate, tls_key; else all")
        ->check(CLI::IsMember({"configuration", "hsm_pin", "tls_certificate", "tls_key"}));
    restore->add_flag("--replace", options->replace, "Overwrite what is there");
    restore->callback([&run, options] {
        if (const auto done = put_back(run, *options); !done) run.fail(done.error());
    });
    auto* keys =
        add("restore-keys",
            "Make the enrolment keys and log keys of before good again, in a ledger that has lost them; safe to "
            "repeat",
            "The backup");
    keys->add_option("--except", options->except, "The id of a key to leave out, as `secrets show` lists it");
    keys->callback([&run, options] {
        if (const auto done = put_keys_back(run, *options); !done) run.fail(done.error());
    });
}

}  // namespace cli
