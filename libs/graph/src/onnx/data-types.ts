/** The numbers of TensorProto.DataType for the element types of graphs. */
export const dataTypes = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10, double: 11 } as const;
