#include "hsm/token.hpp"

#include "hsm/durable_file.hpp"
#include "hsm/errc.hpp"
#include "hsm/object_limits.hpp"
#include "hsm/token_files.hpp"
#include "hsm/token_recovery.hpp"

namespace hsm {

using ledger::Bytes;
using ledger::ByteView;
using ledger::Error;
using ledger::Result;

Token::Token(std::unique_ptr<Recovery> recovery) : recovery_(std::move(recovery)) {}
Token::~Token() = default;

Result<std::unique_ptr<Token>> Token::open(Options options) {
    ACTLEDGER_ASSERT(ledger::find_suite(options.suite) != nullptr);
    auto recovery = std::make_unique<Recovery>(std::move(options));
    if (!recovery->knows_key()) ACTLEDGER_CHECK(recovery->first_attempt());
    return std::unique_ptr<Token>(new Token(std::move(recovery)));
}

const ledger::PublicKey& Token::public_key() const { return recovery_->public_key(); }

Result<Bytes> Token::sign(ByteView message) {
    return recovery_->use(recovery_->options().deadlines.sign,
                          [&](Connection& connection) { return recovery_->timed_signature(connection, message); });
}

Result<std::vector<Bytes>> Token::read() {
    return recovery_->use(recovery_->options().deadlines.object, [&](Connection& connection) {
        return connection.read_objects(recovery_->options().label());
    });
}

Result<void> Token::add(ByteView note) {
    if (note.size() > object_bytes_max) return too_large_object(note.size());
    const std::string label = recovery_->options().label();
    const auto deadline = recovery_->options().deadlines.object;
    ACTLEDGER_CHECK(
        recovery_->use(deadline, [&](Connection& connection) { return connection.create_object(label, note); }));
    return make_durable();
}

/// SoftHSM never syncs: without this a power cut could leave the new anchor empty and the old one gone.
Result<void> Token::make_durable() const {
    const auto files = recovery_->files();
    if (!files) return {};
    if (const auto failure = sync_tree(*files)) {
        return Error{errc::token_failed, files->string(), {{"function", "fsync"}, {"return_value", failure.message()}}};
    }
    return {};
}

Result<void> Token::replace(ByteView note) {
    ACTLEDGER_CHECK(add(note));
    const std::string label = recovery_->options().label();
    const auto deadline = recovery_->options().deadlines.object;
    return recovery_->use(deadline, [&](Connection& connection) { return connection.remove_objects(label, note); });
}

Result<std::vector<LabelledNote>> Token::read_others() {
    return recovery_->use(recovery_->options().deadlines.object, [&](Connection& connection) {
        return read_other_anchors(connection, recovery_->options().label());
    });
}

Result<void> Token::remove_other(const LabelledNote& other) {
    ACTLEDGER_ASSERT(other.label != recovery_->options().label());
    const auto deadline = recovery_->options().deadlines.object;
    ACTLEDGER_CHECK(recovery_->use(
        deadline, [&](Connection& connection) { return connection.remove_object(other.label, other.note); }));
    return make_durable();
}

Result<Bytes> Token::random(std::size_t count) {
    return recovery_->use(recovery_->options().deadlines.object,
                          [&](Connection& connection) { return connection.random(count); });
}

Status Token::status() const { return recovery_->status(); }
Result<void> Token::wait_ready(std::chrono::milliseconds most) const { return recovery_->wait_ready(most); }
void Token::retry() { recovery_->retry(); }
void Token::on_change(std::function<void(const Status&)> listener) { recovery_->on_change(std::move(listener)); }
int Token::worker_pid() const { return recovery_->worker_pid(); }

}  // namespace hsm
