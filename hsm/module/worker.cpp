#include "hsm/module/worker.hpp"

#include <kj/exception.h>

#include <optional>

#include "hsm/channel.hpp"
#include "hsm/module/pkcs11_module.hpp"
#include "hsm/object_limits.hpp"
#include "hsm/worker.capnp.h"

namespace hsm::module {
namespace {

ByteView view(capnp::Data::Reader data) { return {data.begin(), data.size()}; }
capnp::Data::Reader wire_data(ByteView bytes) { return {bytes.data(), bytes.size()}; }

/// A fixed field of PKCS#11's, padded with spaces; bytes that are not ASCII become '?', since nothing promises UTF-8.
template <std::size_t Size>
std::string unpadded(const CK_UTF8CHAR (&field)[Size]) {
    std::string text(reinterpret_cast<const char*>(field), Size);
    const auto zero = text.find('\0');  // some modules pad with zeros
    if (zero != text.npos) text.resize(zero);
    while (!text.empty() && text.back() == ' ') text.pop_back();
    for (char& c : text) {
        if (c < 0x20 || c > 0x7e) c = '?';
    }
    return text;
}

std::string version(CK_VERSION value) { return std::to_string(value.major) + "." + std::to_string(value.minor); }

std::string label_of(capnp::Text::Reader text) {
    if (text.size() > label_bytes_max) throw Failure("request", CKR_ARGUMENTS_BAD, "label too long");
    return {text.begin(), text.size()};
}

class Worker {
 public:
    /// Does what is asked. @throw Failure
    void answer(wire::Request::Reader request, wire::Response::Builder response);

 private:
    void load(const std::string& path, wire::Library::Builder library);
    void list_tokens(wire::Response::Builder response);
    Module& module();
    Session& session();

    std::optional<Module> module_;
    std::optional<Session> session_;
};

Module& Worker::module() {
    if (!module_) throw Failure("request", CKR_CRYPTOKI_NOT_INITIALIZED, "no module is loaded");
    return *module_;
}

Session& Worker::session() {
    if (!session_) throw Failure("request", CKR_SESSION_HANDLE_INVALID, "no session is open");
    return *session_;
}

void Worker::load(const std::string& path, wire::Library::Builder library) {
    if (module_) throw Failure("request", CKR_CRYPTOKI_ALREADY_INITIALIZED, "a module is loaded already");
    module_.emplace(path);
    const CK_INFO info = module_->info();
    library.setDescription(unpadded(info.libraryDescription));
    library.setManufacturer(unpadded(info.manufacturerID));
    library.setLibraryVersion(version(info.libraryVersion));
    library.setCryptokiVersion(version(info.cryptokiVersion));
}

void Worker::list_tokens(wire::Response::Builder response) {
    const auto slots = module().slots();
    auto tokens = response.initTokens(static_cast<unsigned>(slots.size()));
    for (unsigned i = 0; i < slots.size(); ++i) {
        tokens[i].setSlot(slots[i].id);
        tokens[i].setLabel(unpadded(slots[i].token.label));
        tokens[i].setManufacturer(unpadded(slots[i].token.manufacturerID));
        tokens[i].setModel(unpadded(slots[i].token.model));
        tokens[i].setSerial(unpadded(slots[i].token.serialNumber));
        tokens[i].setFlags(slots[i].token.flags);
    }
}

void put_list(capnp::List<capnp::Data>::Builder list, const std::vector<Bytes>& values) {
    for (unsigned i = 0; i < values.size(); ++i) list.set(i, wire_data(values[i]));
}

void put_key(wire::Key::Builder key, const Session::KeyFound& found) {
    key.setPrivateKeys(found.private_keys);
    key.setPublicKeys(found.public_keys);
    key.setParameters(wire_data(found.parameters));
    key.setPoint(wire_data(found.point));
}

void Worker::answer(wire::Request::Reader request, wire::Response::Builder response) {
    switch (request.which()) {
        case wire::Request::LOAD:
            return load(std::string(request.getLoad().cStr()), response.initLibrary());
        case wire::Request::LIST_TOKENS:
            return list_tokens(response);
        case wire::Request::LIST_MECHANISMS: {
            const auto found = module().mechanisms(request.getListMechanisms());
            auto list = response.initMechanisms(static_cast<unsigned>(found.size()));
            for (unsigned i = 0; i < found.size(); ++i) list.set(i, found[i]);
            return;
        }
        case wire::Request::OPEN_SESSION:
            session_.reset();
            session_.emplace(module(), request.getOpenSession());
            return response.setDone();
        case wire::Request::LOGIN:
            session().login(CKU_USER, view(request.getLogin()));
            return response.setDone();
        case wire::Request::INITIALISE_TOKEN: {
            const auto token = request.getInitialiseToken();
            session_.reset();
            module().initialise_token(token.getSlot(), label_of(token.getLabel()), view(token.getSecurityOfficerPin()));
            return response.setDone();
        }
        case wire::Request::INITIALISE_PIN: {
            const auto pin = request.getInitialisePin();
            session_.reset();
            Session officer(module(), pin.getSlot());
            officer.login(CKU_SO, view(pin.getSecurityOfficerPin()));
            officer.set_user_pin(view(pin.getUserPin()));
            return response.setDone();
        }
        case wire::Request::FIND_KEY:
            return put_key(response.initKey(), session().find_key(label_of(request.getFindKey())));
        case wire::Request::GENERATE_KEY:
            session().generate_key(label_of(request.getGenerateKey()));
            return response.setDone();
        case wire::Request::DESTROY_KEY:
            session().destroy_key(label_of(request.getDestroyKey()));
            return response.setDone();
        case wire::Request::SIGN:
            return response.setSignature(wire_data(session().sign(view(request.getSign()))));
        case wire::Request::READ_OBJECTS: {
            const auto values = session().read_objects(label_of(request.getReadObjects()));
            return put_list(response.initObjects(static_cast<unsigned>(values.size())), values);
        }
        case wire::Request::CREATE_OBJECT: {
            const auto object = request.getCreateObject();
            session().create_object(label_of(object.getLabel()), view(object.getValue()));
            return response.setDone();
        }
        case wire::Request::REMOVE_OBJECTS: {
            const auto removed = request.getRemoveObjects();
            session().remove_objects(label_of(removed.getLabel()), view(removed.getKeep()));
            return response.setDone();
        }
        case wire::Request::REMOVE_OBJECT: {
            const auto object = request.getRemoveObject();
            session().remove_object(label_of(object.getLabel()), view(object.getValue()));
            return response.setDone();
        }
        case wire::Request::LIST_OBJECT_LABELS: {
            const auto labels = session().object_labels();
            auto list = response.initLabels(static_cast<unsigned>(labels.size()));
            for (unsigned i = 0; i < labels.size(); ++i) list.set(i, labels[i]);
            return;
        }
        case wire::Request::RANDOM:
            if (request.getRandom() > random_bytes_max) throw Failure("request", CKR_ARGUMENTS_BAD, "too many bytes");
            return response.setRandom(wire_data(session().random(request.getRandom())));
    }
    throw Failure("request", CKR_FUNCTION_NOT_SUPPORTED, "an unknown request");
}

}  // namespace

bool serve(int fd) {
    Channel channel(fd);
    IncomingMessage incoming;
    OutgoingMessage outgoing;
    Worker worker;
    for (;;) {
        const Received received = channel.receive(incoming, std::nullopt);
        if (received == Received::closed) return true;
        if (received != Received::message) return false;
        try {
            const auto request = incoming.root<wire::Request>();
            const auto number = request.getNumber();
            try {
                auto response = outgoing.init<wire::Response>();
                response.setNumber(number);
                worker.answer(request, response);
            } catch (const Failure& failure) {
                auto response = outgoing.init<wire::Response>();
                response.setNumber(number);
                auto failed = response.initFailed();
                failed.setFunction(failure.function());
                failed.setReturnValue(failure.value());
                failed.setDetail(failure.what());
            }
        } catch (const kj::Exception&) {
            return false;  // a malformed message: the program is not ours
        }
        incoming.clear();  // it may have held a PIN
        if (!channel.send(outgoing)) return true;
        outgoing.clear();
    }
}

}  // namespace hsm::module
