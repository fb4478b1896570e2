//! The Arrow schema that Parquet files carry under `ARROW:schema`: by it pyarrow and polars know dictionaries, time zones and comments.
//!
//! It is an encapsulated message of the Arrow IPC format (Schema.fbs and Message.fbs, format version V5), written here by hand, because
//! Arrow's own crates take longer to build than everything else that is needed of Parquet.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flatbuffers::{
    FlatBufferBuilder, ForwardsUOffset, TableFinishedWIPOffset, UnionWIPOffset, Vector, WIPOffset,
};

use super::{Column, Kind};

/// The key of the schema in a file's metadata.
pub(super) const KEY: &str = "ARROW:schema";

/// Numbers of the tables' fields, in the order of Schema.fbs.
const fn slot(place: u16) -> u16 {
    4 + 2 * place
}

/// Members of the union `Type`.
const INT: u8 = 2;
const FLOATING_POINT: u8 = 3;
const UTF8: u8 = 5;
const BOOL: u8 = 6;
const DATE: u8 = 8;
const TIMESTAMP: u8 = 10;

type Table = WIPOffset<TableFinishedWIPOffset>;
type Tables<'a> = WIPOffset<Vector<'a, ForwardsUOffset<TableFinishedWIPOffset>>>;
type Builder = FlatBufferBuilder<'static>;

/// The schema of `columns` in base64, with the metadata `pairs`.
pub(super) fn encoded(columns: &[Column], pairs: &[(String, String)]) -> String {
    let mut builder = Builder::new();
    let fields: Vec<Table> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| field(&mut builder, column, place))
        .collect();
    let fields: Tables<'_> = builder.create_vector(&fields);
    let metadata = metadata(&mut builder, pairs);
    let schema = builder.start_table();
    builder.push_slot_always(slot(1), fields);
    builder.push_slot_always(slot(2), metadata);
    let schema = builder.end_table(schema);
    let message = builder.start_table();
    builder.push_slot_always::<i64>(slot(3), 0);
    builder.push_slot_always(slot(2), schema);
    builder.push_slot_always::<i16>(slot(0), 4);
    builder.push_slot_always::<u8>(slot(1), 1);
    let message = builder.end_table(message);
    builder.finish_minimal(message);
    STANDARD.encode(encapsulated(builder.finished_data()))
}

/// A mark, the length, and the message, filled up to a multiple of eight bytes.
fn encapsulated(message: &[u8]) -> Vec<u8> {
    let length = message.len().next_multiple_of(8);
    let mut bytes = vec![0xff; 4];
    bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(message);
    bytes.resize(8 + length, 0);
    bytes
}

fn field(builder: &mut Builder, column: &Column, place: usize) -> Table {
    let name = builder.create_string(&column.name);
    let comment = [("comment".to_owned(), column.meaning.to_string())];
    let unit = [("unit".to_owned(), column.unit.to_owned())];
    let pairs: Vec<_> = comment
        .into_iter()
        .filter(|(_, comment)| !comment.is_empty())
        .chain(unit.into_iter().filter(|(_, unit)| !unit.is_empty()))
        .collect();
    let metadata = metadata(builder, &pairs);
    let children: Tables<'_> = builder.create_vector::<Table>(&[]);
    let (kind, of_kind) = data_type(builder, column.kind);
    let dictionary = (column.kind == Kind::Category).then(|| dictionary(builder, place));
    let field = builder.start_table();
    builder.push_slot_always(slot(0), name);
    builder.push_slot_always(slot(1), true);
    builder.push_slot_always(slot(2), kind);
    builder.push_slot_always(slot(3), of_kind);
    if let Some(dictionary) = dictionary {
        builder.push_slot_always(slot(4), dictionary);
    }
    builder.push_slot_always(slot(5), children);
    builder.push_slot_always(slot(6), metadata);
    builder.end_table(field)
}

/// The member of the union `Type`, and its table.
fn data_type(builder: &mut Builder, kind: Kind) -> (u8, WIPOffset<UnionWIPOffset>) {
    let zone = (kind == Kind::Instant).then(|| builder.create_string("UTC"));
    let table = builder.start_table();
    let member = match kind {
        Kind::Text | Kind::Category => UTF8,
        Kind::Truth => BOOL,
        Kind::Integer => {
            builder.push_slot_always::<i32>(slot(0), 64);
            builder.push_slot_always(slot(1), true);
            INT
        }
        Kind::Number => {
            builder.push_slot_always::<i16>(slot(0), 2);
            FLOATING_POINT
        }
        Kind::Date => {
            builder.push_slot_always::<i16>(slot(0), 0);
            DATE
        }
        Kind::Instant => {
            builder.push_slot_always::<i16>(slot(0), 2);
            TIMESTAMP
        }
    };
    if let Some(zone) = zone {
        builder.push_slot_always(slot(1), zone);
    }
    (member, builder.end_table(table).as_union_value())
}

/// A dictionary of texts with keys of 32 bits.
fn dictionary(builder: &mut Builder, place: usize) -> Table {
    let index = builder.start_table();
    builder.push_slot_always::<i32>(slot(0), 32);
    builder.push_slot_always(slot(1), true);
    let index = builder.end_table(index);
    let dictionary = builder.start_table();
    builder.push_slot_always::<i64>(slot(0), i64::try_from(place).unwrap_or_default());
    builder.push_slot_always(slot(1), index);
    builder.end_table(dictionary)
}

fn metadata<'a>(builder: &mut Builder, pairs: &[(String, String)]) -> Tables<'a> {
    let pairs: Vec<Table> = pairs
        .iter()
        .map(|(key, value)| {
            let (key, value) = (builder.create_string(key), builder.create_string(value));
            let pair = builder.start_table();
            builder.push_slot_always(slot(0), key);
            builder.push_slot_always(slot(1), value);
            builder.end_table(pair)
        })
        .collect();
    builder.create_vector(&pairs)
}
