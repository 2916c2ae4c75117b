#include "hsm/connection.hpp"

#include <kj/exception.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>

#include "hsm/errc.hpp"
#include "hsm/kept_token.hpp"
#include "hsm/object_limits.hpp"
#include "hsm/p256_encoding.hpp"
#include "hsm/return_value.hpp"
#include "hsm/worker_process.hpp"

namespace hsm {
namespace {

using ledger::Bytes;
using ledger::ByteView;
using ledger::Error;
using ledger::Result;

ByteView view(capnp::Data::Reader data) { return {data.begin(), data.size()}; }
capnp::Data::Reader wire_data(ByteView bytes) { return {bytes.data(), bytes.size()}; }
capnp::Data::Reader wire_data(const Pin& pin) { return wire_data(ledger::as_bytes(pin.text())); }
std::string text(capnp::Text::Reader value) { return {value.begin(), value.size()}; }

Error unexpected() { return {errc::worker_protocol, "an answer of another kind"}; }

Result<void> expect_done(wire::Response::Reader response) {
    if (!response.isDone()) return unexpected();
    return {};
}

TokenInfo token_info(wire::Token::Reader token) {
    const auto flags = token.getFlags();
    return {token.getSlot(),
            text(token.getLabel()),
            text(token.getManufacturer()),
            text(token.getModel()),
            text(token.getSerial()),
            (flags & CKF_TOKEN_INITIALIZED) != 0,
            (flags & CKF_LOGIN_REQUIRED) != 0,
            (flags & CKF_USER_PIN_LOCKED) != 0,
            (flags & CKF_USER_PIN_FINAL_TRY) != 0};
}

bool agrees(const std::optional<std::string>& wanted, const std::string& actual) {
    return !wanted || *wanted == actual;
}

}  // namespace

bool TokenInfo::matches(const Uri& uri) const {
    return agrees(uri.token, label) && agrees(uri.manufacturer, manufacturer) && agrees(uri.model, model) &&
           agrees(uri.serial, serial) && (!uri.slot_id || *uri.slot_id == slot);
}

Connection::Connection(const Options& options, std::unique_ptr<WorkerProcess> worker)
    : worker_(std::move(worker)),
      deadlines_(options.deadlines),
      suite_(options.suite),
      module_(options.module_path().string()) {}
Connection::~Connection() = default;

Result<std::shared_ptr<Connection>> Connection::start(const Options& options) {
    if (const auto failure = mend_token_files(options)) {
        return Error{errc::token_not_found,
                     "a token's file was cut, and its copy cannot be put back: " + failure.message(),
                     {{"uri", options.uri.text()}, {"count", "0"}}};
    }
    const auto program = options.worker_program.empty() ? default_worker_program() : options.worker_program;
    ACTLEDGER_TRY(auto worker, WorkerProcess::start(program, options.environment));
    return std::shared_ptr<Connection>(new Connection(options, std::move(worker)));
}

/// Sends the request that was filled in, and reads its answer; `read` may throw on malformed messages.
template <class Read>
auto Connection::ask(std::chrono::milliseconds deadline, const Read& read) {
    using Answer = decltype(read(std::declval<wire::Response::Reader>()));
    auto response = worker_->exchange(deadline);
    if (!response) return Answer(response.error());
    try {
        if (!response->isFailed()) return read(*response);
        const auto failure = response->getFailed();
        return Answer(error_of(text(failure.getFunction()), failure.getReturnValue(), text(failure.getDetail())));
    } catch (const kj::Exception& malformed) {
        return Answer(Error{errc::worker_protocol, malformed.getDescription().cStr()});
    }
}

Result<LibraryInfo> Connection::load() {
    worker_->request().setLoad(module_);
    auto loaded = ask(deadlines_.open, [](wire::Response::Reader response) -> Result<LibraryInfo> {
        if (!response.isLibrary()) return unexpected();
        const auto library = response.getLibrary();
        return LibraryInfo{text(library.getDescription()), text(library.getManufacturer()),
                           text(library.getLibraryVersion()), text(library.getCryptokiVersion())};
    });
    // What cannot be opened is a matter of configuration; what does not initialise may be a card that is away.
    if (!loaded && loaded.error().detail.starts_with("dlopen")) {
        return Error{errc::module_not_loaded, loaded.error().detail, {{"module", module_}}};
    }
    return loaded;
}

Result<std::vector<TokenInfo>> Connection::tokens() {
    worker_->request().setListTokens();
    return ask(deadlines_.open, [](wire::Response::Reader response) -> Result<std::vector<TokenInfo>> {
        if (!response.isTokens()) return unexpected();
        std::vector<TokenInfo> tokens;
        for (const auto token : response.getTokens()) tokens.push_back(token_info(token));
        return tokens;
    });
}

Result<std::vector<std::uint64_t>> Connection::mechanisms(std::uint64_t slot) {
    worker_->request().setListMechanisms(slot);
    return ask(deadlines_.open, [](wire::Response::Reader response) -> Result<std::vector<std::uint64_t>> {
        if (!response.isMechanisms()) return unexpected();
        std::vector<std::uint64_t> mechanisms;
        for (const auto mechanism : response.getMechanisms()) mechanisms.push_back(mechanism);
        return mechanisms;
    });
}

Result<void> Connection::open_session(std::uint64_t slot) {
    worker_->request().setOpenSession(slot);
    return ask(deadlines_.open, expect_done);
}

Result<void> Connection::login(const Pin& pin) {
    worker_->request().setLogin(wire_data(pin));
    return ask(deadlines_.login, expect_done);
}

Result<void> Connection::initialise_token(std::uint64_t slot, const std::string& label, const Pin& so_pin) {
    auto token = worker_->request().initInitialiseToken();
    token.setSlot(slot);
    token.setLabel(label);
    token.setSecurityOfficerPin(wire_data(so_pin));
    return ask(deadlines_.initialise, expect_done);
}

Result<void> Connection::initialise_pin(std::uint64_t slot, const Pin& so_pin, const Pin& user_pin) {
    auto pin = worker_->request().initInitialisePin();
    pin.setSlot(slot);
    pin.setSecurityOfficerPin(wire_data(so_pin));
    pin.setUserPin(wire_data(user_pin));
    return ask(deadlines_.initialise, expect_done);
}

Result<ledger::PublicKey> Connection::find_key(const std::string& label) {
    worker_->request().setFindKey(label);
    return ask(deadlines_.open, [&](wire::Response::Reader response) -> Result<ledger::PublicKey> {
        if (!response.isKey()) return unexpected();
        const auto key = response.getKey();
        if (key.getPrivateKeys() == 0) return Error{errc::key_not_found, {}, {{"key", label}}};
        if (key.getPrivateKeys() > 1 || key.getPublicKeys() > 1)
            return Error{errc::key_ambiguous, {}, {{"key", label}}};
        const auto unusable = [&](std::string detail) {
            return Error{errc::key_unusable, std::move(detail), {{"key", label}}};
        };
        if (key.getPublicKeys() == 0) return unusable("there is no public key beside it");
        const auto spki = p256_spki(view(key.getParameters()), view(key.getPoint()));
        if (!spki) return unusable("not an uncompressed point of prime256v1");
        auto parsed = ledger::PublicKey::from_spki(suite_, *spki);
        if (!parsed) return unusable(parsed.error().detail);
        return parsed;
    });
}

Result<void> Connection::generate_key(const std::string& label) {
    worker_->request().setGenerateKey(label);
    return ask(deadlines_.initialise, expect_done);
}

Result<Bytes> Connection::sign(const ledger::Digest& digest) {
    worker_->request().setSign(wire_data(digest.view()));
    return ask(deadlines_.sign, [](wire::Response::Reader response) -> Result<Bytes> {
        if (!response.isSignature()) return unexpected();
        auto signature = p256_signature(view(response.getSignature()));
        if (!signature) {
            return Error{errc::bad_signature, "C_Sign gave " + std::to_string(response.getSignature().size()) +
                                                  " bytes that are not r and s"};
        }
        return std::move(*signature);
    });
}

Result<std::vector<Bytes>> Connection::read_objects(const std::string& label) {
    worker_->request().setReadObjects(label);
    return ask(deadlines_.object, [](wire::Response::Reader response) -> Result<std::vector<Bytes>> {
        if (!response.isObjects()) return unexpected();
        std::vector<Bytes> objects;
        for (const auto object : response.getObjects()) {
            if (object.size() > object_bytes_max) return too_large_object(object.size());
            objects.push_back(ledger::copy(view(object)));
        }
        return objects;
    });
}

Result<void> Connection::destroy_key(const std::string& label) {
    worker_->request().setDestroyKey(label);
    return ask(deadlines_.initialise, expect_done);
}

Result<void> Connection::create_object(const std::string& label, ByteView value) {
    if (value.size() > object_bytes_max) return too_large_object(value.size());
    auto object = worker_->request().initCreateObject();
    object.setLabel(label);
    object.setValue(wire_data(value));
    return ask(deadlines_.object, expect_done);
}

Result<void> Connection::remove_objects(const std::string& label, ByteView keep) {
    auto removed = worker_->request().initRemoveObjects();
    removed.setLabel(label);
    removed.setKeep(wire_data(keep));
    return ask(deadlines_.object, expect_done);
}

Result<void> Connection::remove_object(const std::string& label, ByteView value) {
    auto object = worker_->request().initRemoveObject();
    object.setLabel(label);
    object.setValue(wire_data(value));
    return ask(deadlines_.object, expect_done);
}

Result<std::vector<std::string>> Connection::object_labels() {
    worker_->request().setListObjectLabels();
    return ask(deadlines_.object, [](wire::Response::Reader response) -> Result<std::vector<std::string>> {
        if (!response.isLabels()) return unexpected();
        std::vector<std::string> labels;
        for (const auto label : response.getLabels()) labels.push_back(text(label));
        return labels;
    });
}

Result<Bytes> Connection::random(std::size_t count) {
    ACTLEDGER_ASSERT(count <= random_bytes_max);
    worker_->request().setRandom(static_cast<std::uint32_t>(count));
    return ask(deadlines_.open, [count](wire::Response::Reader response) -> Result<Bytes> {
        if (!response.isRandom() || response.getRandom().size() != count) return unexpected();
        return ledger::copy(view(response.getRandom()));
    });
}

void Connection::terminate() noexcept { worker_->terminate(); }
int Connection::worker_pid() const { return worker_->pid(); }

}  // namespace hsm
